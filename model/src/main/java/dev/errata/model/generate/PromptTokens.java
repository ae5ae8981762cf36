package dev.errata.model.generate;

/**
 * A prompt to go on from.
 *
 * @param ids its tokens, at least one
 * @param stream names the random numbers of this sequence under the settings' seed
 */
public record PromptTokens(int[] ids, long stream) {
    /**
     * @throws IllegalArgumentException if there is no token to go on from
     */
    public PromptTokens {
        if (ids.length == 0) {
            throw new IllegalArgumentException("a prompt without a token");
        }
    }
}
