package dev.errata.pipeline.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;
import java.nio.file.Path;

/**
 * A model in this engine as corrector; it answers greedily.
 *
 * @param model a model folder or a GGUF file
 * @param maxNewTokens tokens of a correction at most
 */
public record LocalConfig(
        @Required Path model,
        @Default("512") @Range(min = 1) int maxNewTokens) {}
