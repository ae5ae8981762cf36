package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.DType;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.MicroBatches;

/** What the activations of a training step take when none is recomputed; decides {@code recompute: auto}. */
final class ActivationMemory {
    /** Above this, blocks are recomputed. */
    private static final long KEPT_AT_MOST = 1L << 30;

    private ActivationMemory() {}

    /**
     * Whether blocks are run again for their gradients.
     *
     * @param longestRow tokens of the longest row
     */
    static boolean recompute(TrainSettings settings, ModelConfig config, int longestRow) {
        long tokens = (long) longestRow * MicroBatches.of(settings).rows(longestRow);
        return switch (settings.recompute()) {
            case "none" -> false;
            case "all" -> true;
            default -> bytes(settings, config, tokens) > KEPT_AT_MOST;
        };
    }

    /**
     * Bytes of what gradient rules of all blocks read, but for what is made again for them, without adapters: inputs of
     * both norms, queries, keys, values and what attention makes of them, gate and up.
     */
    private static long bytes(TrainSettings settings, ModelConfig config, long tokens) {
        DType activations = settings.activations().equals("bf16") ? DType.BF16 : DType.F32;
        long hidden = 2L * config.hiddenSize();
        long attention = 2L * config.queryWidth() + 2L * config.keyValueWidth() + config.numAttentionHeads();
        long feedForward = 2L * config.intermediateSize();
        return tokens * config.numHiddenLayers() * (hidden + attention + feedForward) * activations.bytes();
    }
}
