package dev.errata.pipeline.config;

import dev.errata.train.config.Default;
import dev.errata.train.config.Range;
import dev.errata.train.config.Required;
import java.nio.file.Path;

/** A model in this engine as corrector; it answers greedily. */
public record LocalConfig(
        @Required Path model,
        @Default("512") @Range(min = 1) int maxNewTokens) {}
