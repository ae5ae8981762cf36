package dev.errata.model.config;

import dev.errata.model.family.ModelFamily;
import dev.errata.model.family.SoftCaps;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Set;

/**
 * The shape of a decoder, in Hugging Face's names.
 *
 * @param family what it computes, and how its tensors are called
 * @param headDim its own key in newer configs, else hiddenSize / numAttentionHeads
 * @param queryKeyValueBias whether q, k and v have a bias
 * @param outputBias whether o has a bias
 * @param mlpBias whether gate, up and down have a bias
 * @param attentionScale what products of q and k are multiplied by
 * @param softCaps of scores and logits
 * @param slidingWindow keys that a query sees, counting its own; 0 for all
 * @param fullAttentionLayers layers whose queries see all keys in spite of a window
 * @param bosTokenId −1 where there is none
 * @param eosTokenIds where generation ends; may be empty
 */
public record ModelConfig(
        ModelFamily family,
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        float rmsNormEps,
        int maxPositionEmbeddings,
        boolean tieWordEmbeddings,
        boolean queryKeyValueBias,
        boolean outputBias,
        boolean mlpBias,
        float attentionScale,
        SoftCaps softCaps,
        int slidingWindow,
        Set<Integer> fullAttentionLayers,
        RopeConfig rope,
        float initializerRange,
        int bosTokenId,
        List<Integer> eosTokenIds) {
    /** Beyond these no model is; products of sizes below them fit where they are used. */
    static final int MOST_LAYERS = 10_000;

    private static final int WIDEST = 1 << 24;
    private static final int LARGEST_VOCABULARY = 1 << 26;

    /**
     * This config, unless its sizes are impossible.
     *
     * @param where the file, for errors
     * @throws BadInputException if a size is beyond that of any model
     */
    ModelConfig possible(String where) {
        boolean tooLarge = numHiddenLayers > MOST_LAYERS
                || vocabSize > LARGEST_VOCABULARY
                || Math.max(hiddenSize, intermediateSize) > WIDEST
                || (long) Math.max(numAttentionHeads, numKeyValueHeads) * headDim > WIDEST;
        if (tooLarge) {
            throw new BadInputException("sizes of the model are impossible", where, "get the file anew");
        }
        return this;
    }

    /** The same with the output layer's weight tied to the embedding, or not. */
    public ModelConfig withTiedEmbeddings(boolean tied) {
        return new ModelConfig(
                family,
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                numKeyValueHeads,
                headDim,
                rmsNormEps,
                maxPositionEmbeddings,
                tied,
                queryKeyValueBias,
                outputBias,
                mlpBias,
                attentionScale,
                softCaps,
                slidingWindow,
                fullAttentionLayers,
                rope,
                initializerRange,
                bosTokenId,
                eosTokenIds);
    }

    /** Keys that a query of a layer sees, counting its own; 0 for all. */
    public int slidingWindow(int layer) {
        return fullAttentionLayers.contains(layer) ? 0 : slidingWindow;
    }

    /** Width of q and of attention's output. */
    public int queryWidth() {
        return numAttentionHeads * headDim;
    }

    /** Width of k and of v. */
    public int keyValueWidth() {
        return numKeyValueHeads * headDim;
    }
}
