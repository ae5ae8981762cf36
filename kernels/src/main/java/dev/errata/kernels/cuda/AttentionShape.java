package dev.errata.kernels.cuda;

/**
 * What an attention is beside its operands.
 *
 * @param heads of the queries, a multiple of {@code keyHeads}
 * @param scale of q · k
 * @param window keys that a query sees counting its own; 0 for all
 * @param softCap bound of the scores' magnitude; 0 for none
 * @param rounding rounds scores to bf16 as {@link dev.errata.tensor.Op.Attention} says
 */
public record AttentionShape(
        int heads, int keyHeads, int headDim, float scale, int window, float softCap, boolean rounding) {
    public AttentionShape {
        if (keyHeads < 1 || heads % keyHeads != 0 || headDim < 1 || window < 0) {
            throw new IllegalArgumentException("attention of " + heads + " heads with " + keyHeads + " key heads of "
                    + headDim + " elements and window " + window);
        }
    }

    public AttentionShape(int heads, int keyHeads, int headDim, float scale, int window, boolean rounding) {
        this(heads, keyHeads, headDim, scale, window, 0, rounding);
    }

    /** Query heads that share a key head. */
    int group() {
        return heads / keyHeads;
    }
}
