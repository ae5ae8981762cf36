package dev.errata.pipeline.config;

import dev.errata.model.generate.EngineLimits;
import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import java.util.List;

/**
 * The greedy evaluation of the first {@code problems} held-out problems.
 *
 * @param problems how many of the first held-out problems
 * @param fewShot worked examples before each problem, from the end of {@code problems}
 * @param maxNewTokens tokens of an answer at most
 * @param batchSize answers that are written at a time
 * @param kvMemory for their keys and values, as {@code 2GB}, or {@code auto}: what they need, as far as it is there
 * @param dtype what the model computes in meanwhile, as with {@code --dtype}; absent: as in training
 * @param stop texts that end an answer
 */
public record EvalConfig(
        @Default("100") @Range(min = 1) int problems,
        @Default("0") @Range(min = 0) int fewShot,
        @Default("256") @Range(min = 1) int maxNewTokens,
        @Default("16") @Range(min = 1) int batchSize,
        @Default("auto") String kvMemory,
        @OneOf({"f32", "bf16", "int8"}) String dtype,

        @Default("[\"\\nQuestion:\"]") List<String> stop)
        implements Checked {
    @Override
    public void check(Place place) {
        GenerationMemory.check(kvMemory, place);
    }

    /** How much is written at a time. */
    public EngineLimits limits() {
        return GenerationMemory.limits(batchSize, kvMemory);
    }
}
