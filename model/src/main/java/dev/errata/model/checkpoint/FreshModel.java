package dev.errata.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.json.JsonText;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model that a config describes and that has no weights yet. */
public final class FreshModel {
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
    public record Made(String output, long parameters, String dtype, long seed, int files, long bytes) {}

    /**
     * @param chosen null: the type that the config names, else f32
     * @throws BadInputException if the config is missing, broken or describes a model that isn't supported
     */
    public static FreshModel of(Path file, FloatType chosen) {
        ModelConfig config = HuggingFaceConfig.readFile(file);
        try {
            String text = Files.readString(file);
            ObjectNode json = (ObjectNode) JsonText.RECORDS.readTree(text);
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
        return JsonText.page(json);
    }

    /**
     * @param threads 0: as many as the machine has
     * @throws BadInputException if a model is in the folder already
     */
    public Made write(Path folder, long seed, int threads, WritingProgress progress) {
        NewCheckpoint.requireEmpty(folder);
        NewCheckpoint checkpoint =
                new NewCheckpoint(folder, source.toAbsolutePath().getParent(), text);
        try (RandomWeights weights = new RandomWeights(
                seed,
                config.initializerRange(),
                1 - config.family().arithmetic().normOffset(),
                dtype.stored(),
                threads)) {
            List<CheckpointPart> parts = new ArrayList<>();
            DecoderLayout.tensors(config)
                    .forEach((name, dims) -> parts.add(new RandomTensor(
                            weights, new SafetensorsWriter.Plan(name, dtype.stored(), Shape.of(dims)))));
            NewCheckpoint.Written written = checkpoint.write(parts, Shard.LARGEST, progress);
            long parameters = parts.stream()
                    .flatMap(part -> part.plans().stream())
                    .mapToLong(plan -> plan.shape().elements())
                    .sum();
            return new Made(
                    folder.toString(),
                    parameters,
                    dtype.name().toLowerCase(Locale.ROOT),
                    seed,
                    written.files(),
                    written.bytes());
        }
    }

    /** A tensor that is drawn as it is written. */
    private record RandomTensor(RandomWeights weights, SafetensorsWriter.Plan plan) implements CheckpointPart {
        @Override
        public List<SafetensorsWriter.Plan> plans() {
            return List.of(plan);
        }

        @Override
        public void write(SafetensorsWriter writer) {
            weights.write(plan, writer);
        }
    }
}
