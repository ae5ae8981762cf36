package dev.errata.model.family;

import dev.errata.tensor.Activation;

/**
 * What a family computes otherwise than LLaMA does.
 *
 * @param normOffset what norms add to their stored weight; GGUF files store the sum
 * @param scalesEmbedding whether embeddings are multiplied by √(hidden size)
 * @param queryPreAttnScalar scores are divided by its root; a key of the config with this default, or 0 where there is no
 *     such key and it is the width of a head
 * @param softCaps the config's defaults; {@link SoftCaps#NONE} where it has no keys for them
 */
public record FamilyArithmetic(
        Activation activation, float normOffset, boolean scalesEmbedding, int queryPreAttnScalar, SoftCaps softCaps) {
    public static final FamilyArithmetic LLAMA = new FamilyArithmetic(Activation.SILU, 0, false, 0, SoftCaps.NONE);
}
