package dev.errata.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.BitsAndBytesConfig;
import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.json.JsonText;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A checkpoint in 4 bits back to a plain one: what was quantized in the type asked for, all else byte for byte. */
public final class PlainModel {
    private PlainModel() {}

    /**
     * @throws BadInputException if the input is no model in a folder or holds no 4-bit tensor, or a model is at the
     *     output already
     */
    public static TensorFiles.Written write(Path input, FloatType target, Path output, WritingProgress progress) {
        return write(input, target, output, Shard.LARGEST, progress);
    }

    /** Like the other, with so many bytes of tensors in a file. */
    static TensorFiles.Written write(
            Path input, FloatType target, Path output, long largest, WritingProgress progress) {
        NewCheckpoint.requireEmpty(output);
        try (StoredModel model = StoredModel.open(input, "dequantize")) {
            if (model.tensors().quantized().isEmpty()) {
                throw new BadInputException("model holds no 4-bit tensor", model.where(), "use it as it is");
            }
            List<CheckpointPart> parts = new ArrayList<>();
            model.tensors().plain().values().forEach(entry -> parts.add(new CopiedTensor(entry)));
            model.tensors().quantized().values().forEach(tensor -> parts.add(new Dequantized(tensor, target.stored())));
            NewCheckpoint checkpoint = new NewCheckpoint(output, input, config(model.json(), parts));
            return TensorFiles.Written.of(output, parts, checkpoint.write(parts, largest, progress));
        }
    }

    /** The source's config without quantization, with the type of the tensors, or float32 where they have several. */
    private static String config(ObjectNode source, List<CheckpointPart> parts) {
        ObjectNode json = source.deepCopy();
        json.remove(BitsAndBytesConfig.KEY);
        Set<DType> types = parts.stream()
                .flatMap(part -> part.plans().stream())
                .map(SafetensorsWriter.Plan::dtype)
                .filter(type -> FloatType.of(type) != null)
                .collect(Collectors.toSet());
        FloatType type = types.size() == 1 ? FloatType.of(types.iterator().next()) : FloatType.F32;
        json.put(json.has("torch_dtype") ? "torch_dtype" : "dtype", type.torchName());
        return JsonText.page(json);
    }

    /** A tensor that is dequantized as it is written. */
    private record Dequantized(QuantizedTensor tensor, DType target) implements CheckpointPart {
        @Override
        public List<SafetensorsWriter.Plan> plans() {
            return List.of(new SafetensorsWriter.Plan(tensor.name(), target, tensor.shape()));
        }

        @Override
        public void write(SafetensorsWriter writer) {
            FourBitTensors.writePlain(tensor, target, writer);
        }
    }
}
