package dev.errata.pipeline.config;

import dev.errata.train.config.Default;
import dev.errata.train.config.Range;
import java.util.List;

/** The greedy evaluation of the first {@code problems} held-out problems. */
public record EvalConfig(
        @Default("100") @Range(min = 1) int problems,
        @Default("0") @Range(min = 0) int fewShot,
        @Default("256") @Range(min = 1) int maxNewTokens,
        @Default("16") @Range(min = 1) int batchSize,
        @Default("[\"\\nQuestion:\"]") List<String> stop) {}
