package dev.errata.model.family;

import java.util.List;

/**
 * What a family's config.json says without a key: the defaults of transformers' configuration classes.
 *
 * @param keyValueHeads 0 for as many as heads
 * @param headDim 0 for hidden size / heads
 * @param slidingWindow keys that a query sees in layers with a window; 0 for all
 * @param bosTokenId −1 for none
 */
public record ConfigDefaults(
        int keyValueHeads,
        int headDim,
        int maxPositionEmbeddings,
        double rmsNormEps,
        int slidingWindow,
        boolean tieWordEmbeddings,
        int bosTokenId,
        List<Integer> eosTokenIds) {}
