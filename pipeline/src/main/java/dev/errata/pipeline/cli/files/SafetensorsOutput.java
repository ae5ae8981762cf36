package dev.errata.pipeline.cli.files;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.convert.ConfigJson;
import dev.errata.model.convert.PlainTensors;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.GgufFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.tokenizer.GgufTokenizerFiles;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.StoredTensor;
import dev.errata.pipeline.data.Json;
import dev.errata.train.Progress;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The model of a GGUF file as a folder that transformers reads: weights, config, tokenizer, chat template. */
final class SafetensorsOutput {
    private SafetensorsOutput() {}

    /** What was written. */
    record Written(String output, String dtype, int tensors, long bytes) {
        String text() {
            return String.format(Locale.ROOT, "%d tensors, %,d bytes as %s in %s", tensors, bytes, dtype, output);
        }
    }

    /**
     * @param chosen null: as the matrices are stored where all other tensors fit into that type, else f32
     */
    static Written write(Path file, FloatType chosen, Path folder, Progress progress) {
        NewCheckpoint.requireEmpty(folder);
        Map<String, Object> keys = keys(file);
        try (ModelSource source = ModelSource.open(file)) {
            ModelConfig config = source.config();
            Map<String, StoredTensor> tensors = PlainTensors.of(source);
            FloatType type = chosen != null ? chosen : FloatType.of(PlainTensors.exactType(tensors));
            List<CheckpointPart> parts = new ArrayList<>();
            tensors.forEach((name, tensor) -> parts.add(new Widened(name, tensor, type, file)));
            String text = Json.page(ConfigJson.of(config, keys, type.torchName(), file.toString()));
            AtomicFile.createFolders(folder);
            GgufTokenizerFiles.of(keys, file.toString(), progress::say)
                    .forEach((name, bytes) -> AtomicFile.write(folder.resolve(name), bytes));
            AtomicFile.write(folder.resolve("generation_config.json"), Json.page(ConfigJson.generation(config, keys)));
            NewCheckpoint.Written written =
                    new NewCheckpoint(folder, folder, text).write(parts, Shard.LARGEST, "convert", progress);
            return new Written(folder.toString(), type.name().toLowerCase(Locale.ROOT), parts.size(), written.bytes());
        }
    }

    private static Map<String, Object> keys(Path file) {
        try (Arena arena = Arena.ofShared()) {
            return GgufFile.open(file, arena).metadata().values();
        }
    }

    /** A tensor that is decoded and rounded as it is written. */
    private record Widened(String name, StoredTensor tensor, FloatType type, Path file) implements CheckpointPart {
        @Override
        public List<SafetensorsWriter.Plan> plans() {
            return List.of(new SafetensorsWriter.Plan(name, type.stored(), tensor.shape()));
        }

        @Override
        public void write(SafetensorsWriter writer) {
            PlainTensors.write(name, tensor, type.stored(), writer, file.toString());
        }
    }
}
