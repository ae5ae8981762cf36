package dev.errata.tensor.sampling;

/**
 * How the next token is chosen; what is off has the value in parentheses.
 *
 * @param temperature divides the logits; 0 means the most likely token (1)
 * @param topK keeps the k largest logits and all that tie with the k-th (0)
 * @param topP keeps the most likely tokens whose probabilities reach p (1)
 * @param minP drops tokens less likely than p times the most likely one (0)
 * @param typicalP keeps the tokens nearest to the entropy whose probabilities reach p (1)
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen before (1)
 * @param noRepeatNgramSize forbids tokens that would complete an n-gram seen before (0)
 */
public record SamplerSettings(
        double temperature,
        int topK,
        double topP,
        double minP,
        double typicalP,
        double repetitionPenalty,
        int noRepeatNgramSize) {
    public static final SamplerSettings OFF = new SamplerSettings(1, 0, 1, 0, 1, 1, 0);
    public static final SamplerSettings GREEDY = new SamplerSettings(0, 0, 1, 0, 1, 1, 0);

    public static SamplerSettings of(double temperature, double topP) {
        return new SamplerSettings(temperature, 0, topP, 0, 1, 1, 0);
    }

    public boolean isGreedy() {
        return temperature == 0;
    }

    /** Whether the tokens so far matter. */
    public boolean needsHistory() {
        return repetitionPenalty != 1 || noRepeatNgramSize > 0;
    }
}
