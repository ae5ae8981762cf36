package dev.errata.model.generate;

/**
 * Which log-probabilities a request wants. They are those of the model's own distribution, the log-softmax of its logits
 * before temperature, penalties and whatever else changes how tokens are chosen, in f64.
 *
 * @param ofNewTokens those of each token that is written
 * @param ofPrompt those of the prompt's tokens but the first, each given the ones before it
 * @param rivals so many of the likeliest tokens beside each, with theirs; 0 for none
 */
public record LogProbabilities(boolean ofNewTokens, boolean ofPrompt, int rivals) {
    public static final LogProbabilities NONE = new LogProbabilities(false, false, 0);

    /**
     * @throws IllegalArgumentException if the number of rivals is negative
     */
    public LogProbabilities {
        if (rivals < 0) {
            throw new IllegalArgumentException(rivals + " rivals");
        }
    }
}
