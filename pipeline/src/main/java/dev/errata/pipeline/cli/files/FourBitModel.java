package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.BitsAndBytesConfig;
import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.MappedPages;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.pipeline.data.Json;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.train.Progress;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A plain checkpoint to one as transformers and bitsandbytes save it in 4 bits: the linear layers of the blocks are
 * quantized from the type they are stored in; the output layer, embeddings, norms and biases stay byte for byte.
 */
final class FourBitModel {
    private FourBitModel() {}

    /**
     * @param largest bytes of a file of tensors
     * @return the number of tensors written
     * @throws BadInputException if the input is no model in a folder or quantized already, a weight is NaN or infinite or
     *     of another type than F32, BF16 and F16, or a model is at the output already
     */
    static TensorFiles.Written write(Path input, FourBitSpec spec, Path output, long largest, Progress progress) {
        NewCheckpoint.requireEmpty(output);
        try (StoredModel model = StoredModel.open(input, "quantize")) {
            if (!model.tensors().quantized().isEmpty() || model.json().hasNonNull(BitsAndBytesConfig.KEY)) {
                throw new BadInputException(
                        "model is quantized already", model.where(), "dequantize it first or use its original");
            }
            List<CheckpointPart> parts = new ArrayList<>();
            DType type = null;
            for (TensorEntry entry : model.tensors().plain().values()) {
                if (DecoderLayout.isLinearWeight(entry.name())) {
                    type = type == null ? requireFloats(entry, model.where()) : type;
                    parts.add(new Quantized(entry, spec, requireFloats(entry, model.where()), model.where()));
                } else {
                    parts.add(new CopiedTensor(entry));
                }
            }
            NewCheckpoint checkpoint = new NewCheckpoint(output, input, config(model.json(), spec, type));
            return TensorFiles.Written.of(output, parts, checkpoint.write(parts, largest, "quantize", progress));
        }
    }

    private static DType requireFloats(TensorEntry entry, String where) {
        if (FloatType.of(entry.dtype()) == null) {
            throw new BadInputException(
                    entry.dtype() + " tensors can't be quantized",
                    where + ", tensor " + entry.name(),
                    "store the tensor as F32, BF16 or F16");
        }
        return entry.dtype();
    }

    /** The source's config with {@code quantization_config}; the compute type is the one that the weights had. */
    private static String config(ObjectNode source, FourBitSpec spec, DType type) {
        ObjectNode json = source.deepCopy();
        BitsAndBytesConfig quantization = new BitsAndBytesConfig(spec.format(), spec.doubleQuant(), List.of());
        json.set(
                BitsAndBytesConfig.KEY,
                Json.MAPPER.valueToTree(quantization.toJson(FloatType.of(type).torchName())));
        return Json.page(json);
    }

    /** A linear layer's matrix that is quantized as it is written. */
    private record Quantized(TensorEntry entry, FourBitSpec spec, DType dtype, String where) implements CheckpointPart {
        @Override
        public List<SafetensorsWriter.Plan> plans() {
            return FourBitTensors.plans(
                    entry.name(), spec.format(), spec.blockSize(), spec.doubleQuant(), dtype, entry.shape());
        }

        @Override
        public void write(SafetensorsWriter writer) {
            try (Arena scratch = Arena.ofShared()) {
                QuantizedTensor quantized =
                        spec.quantize(entry.name(), entry.data(), dtype, entry.shape(), scratch, where);
                FourBitTensors.write(quantized, writer);
            }
            MappedPages.release(entry.data());
        }
    }
}
