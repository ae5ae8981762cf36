package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.DType;
import dev.errata.train.config.TrainSettings;

/** What the activations of a training step take when none is recomputed; decides {@code recompute: auto}. */
final class ActivationMemory {
    /** Above this, blocks are recomputed. */
    private static final long KEPT_AT_MOST = 1L << 30;

    private ActivationMemory() {}

    /**
     * Whether blocks are run again for their gradients.
     *
     * @param tokens of the longest micro-batch
     */
    static boolean recompute(TrainSettings settings, ModelConfig config, long tokens) {
        return switch (settings.recompute()) {
            case "none" -> false;
            case "all" -> true;
            default -> bytes(settings, config, tokens) + roundedBytes(settings, config, tokens) > KEPT_AT_MOST;
        };
    }

    /** Bytes of the activations of all blocks and of their gradients, without adapters. */
    private static long bytes(TrainSettings settings, ModelConfig config, long tokens) {
        long hidden = 6L * config.hiddenSize();
        long attention = 2L * config.queryWidth() + 2L * config.keyValueWidth() + config.numAttentionHeads();
        long feedForward = 3L * config.intermediateSize();
        return 2 * tokens * config.numHiddenLayers() * (hidden + attention + feedForward) * elementBytes(settings);
    }

    /**
     * Bytes of what linear layers in bf16 round first, where that isn't rounded already: each one's input, and a trained
     * weight; and of their gradients.
     */
    private static long roundedBytes(TrainSettings settings, ModelConfig config, long tokens) {
        if (!settings.dtype().equals("bf16")) {
            return 0;
        }
        long inputs = 5L * config.hiddenSize() + config.queryWidth() + config.intermediateSize();
        long rows = 2L * config.queryWidth() + 2L * config.keyValueWidth() + 3L * config.intermediateSize();
        long weights = settings.fullFineTuning() ? rows * config.hiddenSize() : 0;
        long casts = settings.activations().equals("bf16") ? 0 : tokens * inputs;
        return 2L * config.numHiddenLayers() * (casts + weights) * DType.BF16.bytes();
    }

    private static int elementBytes(TrainSettings settings) {
        return (settings.activations().equals("bf16") ? DType.BF16 : DType.F32).bytes();
    }
}
