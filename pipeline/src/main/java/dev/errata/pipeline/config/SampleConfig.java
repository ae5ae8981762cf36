package dev.errata.pipeline.config;

import dev.errata.model.generate.EngineLimits;
import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import java.nio.file.Path;
import java.util.List;

/**
 * How reasoning paths are sampled: {@code samples} of each of the first {@code problems} problems.
 *
 * @param problems how many of the first problems are sampled and trained on
 * @param samples paths of each problem
 * @param temperature divides the logits before one is drawn
 * @param topP the smallest set of tokens of this probability is drawn from; 1 is all
 * @param fewShot worked examples before each problem, from the end of {@code problems}
 * @param maxNewTokens tokens of a path at most
 * @param models who samples, each so many paths: models, or adapters of the run's model; absent: the run's model alone
 * @param batchSize paths that are written at a time
 * @param kvMemory for their keys and values, as {@code 2GB}, or {@code auto}: what they need, as far as it is there
 * @param dtype what the model computes in meanwhile, as with {@code --dtype}; absent: as in training
 * @param stop texts that end a path
 */
public record SampleConfig(
        @Default("40") @Range(min = 1) int problems,
        @Default("4") @Range(min = 1) int samples,
        List<Path> models,
        @Default("0.7") @Range(above = 0) double temperature,
        @Default("1.0") @Range(above = 0, max = 1) double topP,
        @Default("0") @Range(min = 0) int fewShot,
        @Default("256") @Range(min = 1) int maxNewTokens,
        @Default("16") @Range(min = 1) int batchSize,
        @Default("auto") String kvMemory,
        @OneOf({"f32", "bf16", "int8"}) String dtype,

        @Default("[\"\\nQuestion:\"]") List<String> stop)
        implements Checked {
    @Override
    public void check(Place place) {
        if (models != null && models.isEmpty()) {
            throw place.wrong("models", "is empty", "name at least one, or leave it out");
        }
        GenerationMemory.check(kvMemory, place);
    }

    /** How many paths of each problem all models sample together. */
    public int paths() {
        return samples * (models == null ? 1 : models.size());
    }

    /** How much is written at a time. */
    public EngineLimits limits() {
        return GenerationMemory.limits(batchSize, kvMemory);
    }
}
