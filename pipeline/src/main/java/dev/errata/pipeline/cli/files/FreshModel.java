package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.DecoderLayout;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import dev.errata.train.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model that a config describes and that has no weights yet. Its folder is a model only when all is written: the config
 * comes last.
 */
final class FreshModel {
    private static final String CONFIG = "config.json";
    /** What may lie beside a config and belongs to a model's folder. */
    private static final List<String> COMPANIONS = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja");

    private final Path source;
    private final String text;
    private final ModelConfig config;
    private final FloatType dtype;

    private FreshModel(Path source, String text, ModelConfig config, FloatType dtype) {
        this.source = source;
        this.text = text;
        this.config = config;
        this.dtype = dtype;
    }

    /** What was written. */
    record Made(String output, long parameters, String dtype, long seed, int files, long bytes) {}

    /**
     * @param chosen null: the type that the config names, else f32
     * @throws BadInputException if the config is missing, broken or describes a model that isn't supported
     */
    static FreshModel of(Path file, FloatType chosen) {
        ModelConfig config = HuggingFaceConfig.readFile(file);
        try {
            String text = Files.readString(file);
            ObjectNode json = (ObjectNode) Json.parse(text);
            FloatType told = FloatType.of(
                    json.path("dtype").asText(json.path("torch_dtype").asText()));
            FloatType dtype = chosen != null ? chosen : told != null ? told : FloatType.F32;
            return new FreshModel(file, dtype == told ? text : withType(json, dtype), config, dtype);
        } catch (JsonProcessingException e) {
            throw new BadInputException("config is not JSON", file.toString(), "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("config can't be read", file.toString(), "check its permissions", e);
        }
    }

    private static String withType(ObjectNode json, FloatType dtype) {
        json.put(json.has("torch_dtype") ? "torch_dtype" : "dtype", dtype.torchName());
        return Json.page(json);
    }

    /**
     * @throws BadInputException if a model is there already
     */
    void requireEmpty(Path folder) {
        for (String name : List.of(CheckpointFolder.SINGLE_FILE, CheckpointFolder.INDEX_FILE)) {
            if (Files.exists(folder.resolve(name))) {
                throw new BadInputException(
                        "a model is there already",
                        folder.resolve(name).toString(),
                        "choose another folder or remove that model");
            }
        }
    }

    /**
     * @param threads 0: as many as the machine has
     */
    Made write(Path folder, long seed, int threads, Progress progress) {
        List<Shard> shards = Shard.divide(DecoderLayout.tensors(config), dtype.stored());
        long bytes = shards.stream().mapToLong(Shard::bytes).sum();
        try (RandomWeights weights = new RandomWeights(seed, config.initializerRange(), dtype.stored(), threads);
                Progress.Bar bar = progress.begin("init", "MB", 0, bytes / 1_000_000)) {
            long written = 0;
            for (int i = 0; i < shards.size(); i++) {
                Path file = folder.resolve(Shard.fileName(i, shards.size()));
                try (SafetensorsWriter writer = SafetensorsWriter.create(
                        file, Map.of("format", "pt"), shards.get(i).tensors())) {
                    for (SafetensorsWriter.Plan plan : writer.order()) {
                        weights.write(plan, writer);
                        long before = written / 1_000_000;
                        written += plan.shape().elements() * plan.dtype().bytes();
                        bar.advance(written / 1_000_000 - before);
                    }
                    writer.commit();
                }
            }
        }
        if (shards.size() > 1) {
            AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), Shard.index(shards));
        }
        copyCompanions(folder);
        AtomicFile.write(folder.resolve(CONFIG), text);
        long parameters = DecoderLayout.tensors(config).values().stream()
                .mapToLong(dims -> Shape.of(dims).elements())
                .sum();
        return new Made(
                folder.toString(), parameters, dtype.name().toLowerCase(Locale.ROOT), seed, shards.size(), bytes);
    }

    private void copyCompanions(Path folder) {
        for (String name : COMPANIONS) {
            Path file = source.resolveSibling(name);
            if (Files.isRegularFile(file)) {
                try {
                    AtomicFile.write(folder.resolve(name), Files.readAllBytes(file));
                } catch (IOException e) {
                    throw new BadInputException("can't be read", file.toString(), "check its permissions", e);
                }
            }
        }
    }
}
