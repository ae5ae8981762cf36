package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.DType;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.MicroBatches;
import java.util.function.IntPredicate;

/**
 * Which blocks of a model are run again for their gradients instead of keeping their activations: the first ones. The last
 * blocks' activations are used up first, so that a block that is run again needs room only when theirs is free.
 */
final class Recomputation {
    /** Where no budget is told, all blocks are recomputed if the activations of all would take more. */
    private static final long KEPT_AT_MOST = 1L << 30;

    private Recomputation() {}

    /**
     * How many of the first blocks are recomputed.
     *
     * @param longestRow tokens of the longest row
     * @param fits whether a training fits into its memory that recomputes so many
     */
    static int blocks(
            TrainSettings settings, ModelConfig config, int longestRow, boolean hasBudget, IntPredicate fits) {
        int all = config.numHiddenLayers();
        return switch (settings.recompute()) {
            case "none" -> 0;
            case "all" -> all;
            default ->
                hasBudget ? fewest(all, fits) : activationBytes(settings, config, longestRow) > KEPT_AT_MOST ? all : 0;
        };
    }

    /** The fewest that fit; all where not even those do. */
    private static int fewest(int all, IntPredicate fits) {
        if (fits.test(0)) {
            return 0;
        }
        int tooFew = 0;
        int enough = all;
        while (enough - tooFew > 1) {
            int middle = (tooFew + enough) / 2;
            if (fits.test(middle)) {
                enough = middle;
            } else {
                tooFew = middle;
            }
        }
        return enough;
    }

    /**
     * Bytes of what gradient rules of all blocks read, but for what is made again for them, without adapters: inputs of
     * both norms, queries, keys, values and what attention makes of them, gate and up.
     */
    private static long activationBytes(TrainSettings settings, ModelConfig config, int longestRow) {
        long tokens = (long) longestRow * MicroBatches.of(settings).rows(longestRow);
        DType activations = settings.activations().equals("bf16") ? DType.BF16 : DType.F32;
        long hidden = 2L * config.hiddenSize();
        long attention = 2L * config.queryWidth() + 2L * config.keyValueWidth() + config.numAttentionHeads();
        long feedForward = 2L * config.intermediateSize();
        return tokens * config.numHiddenLayers() * (hidden + attention + feedForward) * activations.bytes();
    }
}
