package dev.errata.model.weights;

import dev.errata.model.config.GgufConfig;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.GgufFile;
import dev.errata.model.file.GgufTensor;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model as a user names it: a folder with config.json and safetensors, or a GGUF file. Opened, it knows its config and
 * gives its weights.
 *
 * @param path the folder or file
 * @param notes what its user should be told, a line each
 */
public record ModelSource(Path path, ModelConfig config, WeightSource weights, List<String> notes)
        implements AutoCloseable {
    /**
     * @throws BadInputException if nothing is there or it isn't a model that can be read; it names the file
     */
    public static ModelSource open(Path path) {
        if (Files.isDirectory(path)) {
            return openFolder(path);
        }
        if (Files.isRegularFile(path)) {
            requireNoPartOfFolder(path);
            return openGguf(path);
        }
        throw new BadInputException(
                "model is not there",
                path.toString(),
                "give a folder with config.json and safetensors, or a .gguf file");
    }

    private static void requireNoPartOfFolder(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors") || name.endsWith(".json")) {
            throw new BadInputException(
                    "one file of a model where the whole is wanted",
                    file.toString(),
                    "give the folder that it lies in");
        }
    }

    /** Whether a path names a GGUF file rather than a folder. */
    public static boolean isGguf(Path path) {
        return Files.isRegularFile(path);
    }

    private static ModelSource openFolder(Path folder) {
        if (Files.exists(folder.resolve("adapter_config.json")) && !Files.exists(folder.resolve("config.json"))) {
            throw new BadInputException(
                    "folder holds an adapter, not a model",
                    folder.toString(),
                    "give the model that it was made for, and this folder as --adapter");
        }
        ModelConfig config = HuggingFaceConfig.read(folder);
        Arena arena = Arena.ofShared();
        try {
            CheckpointFolder checkpoint = CheckpointFolder.open(folder, arena);
            String where = checkpoint.where();
            Map<String, StoredTensor> stored = StoredTensors.ofFolder(checkpoint);
            boolean ownHead = OwnHead.isStored(config, stored);
            boolean tied = config.tieWordEmbeddings() && !ownHead;
            return new ModelSource(
                    folder,
                    config.withTiedEmbeddings(tied),
                    new StoredTensors(where, stored, tied ? Set.of(DecoderLayout.LM_HEAD) : Set.of(), arena),
                    ownHead
                            ? List.of("the config ties " + DecoderLayout.LM_HEAD
                                    + " to the embedding, but the one that is" + " stored has other values: it is used")
                            : List.of());
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static ModelSource openGguf(Path file) {
        Arena arena = Arena.ofShared();
        try {
            GgufFile gguf = GgufFile.open(file, arena);
            GgufTensor embedding = gguf.tensors().get("token_embd.weight");
            if (embedding == null
                    || embedding.shape().rank() != 2
                    || embedding.shape().dim(0) > Integer.MAX_VALUE) {
                throw new BadInputException(
                        "tensor token_embd.weight is missing or no matrix of a vocabulary",
                        file.toString(),
                        "get the file anew");
            }
            ModelConfig config = GgufConfig.of(
                    gguf.metadata().values(),
                    Math.toIntExact(embedding.shape().dim(0)),
                    gguf.tensors().keySet(),
                    name -> values(gguf.tensors().get(name)),
                    file.toString());
            Map<String, StoredTensor> stored = StoredTensors.ofGguf(gguf, config);
            return new ModelSource(
                    file,
                    config,
                    new StoredTensors(
                            file.toString(),
                            stored,
                            Set.of(GgufConfig.FREQUENCIES, GgufConfig.SHORT_FACTORS, GgufConfig.LONG_FACTORS),
                            arena),
                    List.of());
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static float[] values(GgufTensor tensor) {
        MemorySegment f32 =
                MemorySegment.ofArray(new float[Math.toIntExact(tensor.shape().elements())]);
        new GgufStoredTensor(tensor, 0).decodeInto(f32);
        return f32.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        weights.close();
    }
}
