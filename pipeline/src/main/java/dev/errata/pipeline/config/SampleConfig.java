package dev.errata.pipeline.config;

import dev.errata.train.config.Default;
import dev.errata.train.config.Range;
import java.util.List;

/** How reasoning paths are sampled: {@code samples} of each of the first {@code problems} problems. */
public record SampleConfig(
        @Default("40") @Range(min = 1) int problems,
        @Default("4") @Range(min = 1) int samples,
        @Default("0.7") @Range(above = 0) double temperature,
        @Default("1.0") @Range(above = 0, max = 1) double topP,
        @Default("0") @Range(min = 0) int fewShot,
        @Default("256") @Range(min = 1) int maxNewTokens,
        @Default("16") @Range(min = 1) int batchSize,
        @Default("[\"\\nQuestion:\"]") List<String> stop) {}
