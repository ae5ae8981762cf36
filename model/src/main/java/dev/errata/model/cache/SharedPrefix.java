package dev.errata.model.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a prompt of a batch need not read, since an earlier prompt begins with it: whole blocks of tokens, or all of a
 * prompt that is the same.
 *
 * @param source the earlier prompt's place in the batch, −1 where there is none
 * @param tokens from the first on
 */
public record SharedPrefix(int source, int tokens) {
    private static final SharedPrefix NONE = new SharedPrefix(-1, 0);

    /**
     * For each prompt of a batch, the longest that it shares.
     *
     * @param commonLength prompts that are longer share only with equals: where angles hang on a prompt's length its keys
     *     are others
     */
    public static List<SharedPrefix> of(List<int[]> prompts, int commonLength) {
        List<SharedPrefix> prefixes = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            SharedPrefix best = NONE;
            for (int j = 0; j < i && best.tokens < prompts.get(i).length; j++) {
                // What shares all of its own with an earlier one has nothing that the other hasn't.
                if (prefixes.get(j).tokens < prompts.get(j).length) {
                    int tokens = shared(prompts.get(i), prompts.get(j), commonLength);
                    best = tokens > best.tokens ? new SharedPrefix(j, tokens) : best;
                }
            }
            prefixes.add(best);
        }
        return prefixes;
    }

    private static int shared(int[] prompt, int[] earlier, int commonLength) {
        int same = Arrays.mismatch(prompt, earlier);
        if (same < 0) {
            return prompt.length;
        }
        if (prompt.length > commonLength || earlier.length > commonLength) {
            return 0;
        }
        // The last token of a prompt is read in any case: the next one is chosen from what comes out for it.
        int most = Math.min(same, prompt.length - 1);
        return most - most % KeyValueCache.BLOCK_TOKENS;
    }

    /** Whether nothing of the prompt is left to read. */
    public boolean isWhole(int[] prompt) {
        return source >= 0 && tokens == prompt.length;
    }
}
