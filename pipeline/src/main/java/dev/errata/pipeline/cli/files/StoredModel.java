package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.LfsPointer;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.data.Json;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model's folder that another is made of: its config as it is written, and its tensors, mapped.
 *
 * @param json config.json; {@link #config} is read from it
 * @param where what errors about its tensors name
 * @param arena holds the mapping; closed with this
 */
record StoredModel(
        Path folder, ObjectNode json, ModelConfig config, String where, FourBitTensors.Found tensors, Arena arena)
        implements AutoCloseable {
    /**
     * @param doing the command that wants the folder
     * @throws BadInputException if it is no such folder, or config and tensors don't fit together
     */
    static StoredModel open(Path folder, String doing) {
        OutputPlace.requireModel(folder);
        if (ModelSource.isGguf(folder)) {
            throw new BadInputException(
                    doing + " takes no GGUF file",
                    folder.toString(),
                    "first make a folder of it with errata convert --input " + folder.getFileName()
                            + " --to safetensors --output FOLDER, then give " + doing + " this FOLDER");
        }
        ModelConfig config = HuggingFaceConfig.read(folder);
        Arena arena = Arena.ofShared();
        try {
            CheckpointFolder checkpoint = CheckpointFolder.open(folder, arena);
            FourBitTensors.Found found = FourBitTensors.find(checkpoint.entries(), checkpoint.where());
            Map<String, Shape> shapes = new LinkedHashMap<>();
            for (Map.Entry<String, TensorEntry> entry : found.plain().entrySet()) {
                shapes.put(entry.getKey(), entry.getValue().shape());
            }
            for (Map.Entry<String, QuantizedTensor> entry : found.quantized().entrySet()) {
                shapes.put(entry.getKey(), entry.getValue().shape());
            }
            DecoderLayout.require(config, shapes, checkpoint.where());
            return new StoredModel(folder, json(folder), config, checkpoint.where(), found, arena);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static ObjectNode json(Path folder) {
        Path file = folder.resolve("config.json");
        LfsPointer.refuse(file);
        try {
            return (ObjectNode) Json.parse(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new BadInputException("config is not JSON", file.toString(), "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("config can't be read", file.toString(), "check its permissions", e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
