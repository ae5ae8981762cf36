package dev.errata.tensor;

/**
 * The tokens of S sequences that grow, each in a slot of its own.
 *
 * @param ids I32 [S, capacity], each slot's tokens from its first column on
 * @param lengths I32 [S], how many each slot has
 */
public record TokenHistory(Tensor ids, Tensor lengths) {
    /**
     * @throws IllegalArgumentException if the two don't have the same number of slots
     */
    public TokenHistory {
        if (ids.shape().rows() != lengths.elements()) {
            throw new IllegalArgumentException(ids + " of " + lengths);
        }
    }

    /** Slots. */
    public int slots() {
        return Math.toIntExact(lengths.elements());
    }

    /** Tokens that a slot has room for. */
    public int capacity() {
        return ids.columns();
    }
}
