package dev.errata.train;

import dev.errata.model.config.ModelConfig;

/** What the activations of a training step take when none is recomputed; decides {@code recompute: auto}. */
final class ActivationMemory {
    /** Above this, blocks are recomputed. */
    static final long KEPT_AT_MOST = 1L << 30;

    private ActivationMemory() {}

    /** Bytes of the F32 activations of all blocks and of their gradients, without adapters. */
    static long bytes(ModelConfig config, long tokens) {
        long hidden = 6L * config.hiddenSize();
        long attention = 2L * config.queryWidth() + 2L * config.keyValueWidth() + config.numAttentionHeads();
        long feedForward = 3L * config.intermediateSize();
        return 2 * tokens * config.numHiddenLayers() * (hidden + attention + feedForward) * Float.BYTES;
    }
}
