package dev.errata.tensor;

/**
 * How the next token of each of S slots is chosen. What is off has the value in parentheses:
 *
 * <ul>
 *   <li>{@link #TEMPERATURE} divides the logits; 0 means the most likely token (1)
 *   <li>{@link #TOP_K} keeps the k largest logits and all that tie with the k-th (0)
 *   <li>{@link #TOP_P} keeps the most likely tokens whose probabilities reach p (1)
 *   <li>{@link #MIN_P} drops tokens less likely than p times the most likely one (0)
 *   <li>{@link #TYPICAL_P} keeps the tokens nearest to the entropy whose probabilities reach p (1)
 *   <li>{@link #REPETITION_PENALTY} divides positive and multiplies negative logits of tokens in the history (1)
 *   <li>{@link #NO_REPEAT_NGRAM_SIZE} forbids tokens that would complete an n-gram of the history (0)
 * </ul>
 *
 * @param settings F64 [S, 7], by the columns above
 * @param keys I64 [S, 3]: seed, stream and origin; the uniform number that decides is Philox's (seed, stream) at counter
 *     length − origin, where length is that of the slot's history before the token
 * @param forbidden I32 [F], tokens that must not be chosen, ascending in each slot's part
 * @param parts I32 [S, 2], where in {@code forbidden} a slot's part begins and ends; slots may share one
 */
public record SamplingRules(Tensor settings, Tensor keys, Tensor forbidden, Tensor parts) {
    public static final int TEMPERATURE = 0;
    public static final int TOP_K = 1;
    public static final int TOP_P = 2;
    public static final int MIN_P = 3;
    public static final int TYPICAL_P = 4;
    public static final int REPETITION_PENALTY = 5;
    public static final int NO_REPEAT_NGRAM_SIZE = 6;
    public static final int SETTINGS = 7;

    public static final int SEED = 0;
    public static final int STREAM = 1;
    public static final int ORIGIN = 2;
    public static final int KEYS = 3;

    /**
     * @throws IllegalArgumentException if the tensors don't have the same number of slots
     */
    public SamplingRules {
        long slots = parts.elements() / 2;
        if (settings.elements() != slots * SETTINGS || keys.elements() != slots * KEYS) {
            throw new IllegalArgumentException(settings + " with " + keys + " and " + parts);
        }
    }
}
