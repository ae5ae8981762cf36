package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;

/**
 * How much an engine does at a time. None of it changes what is written.
 *
 * @param slots sequences that grow together, at least 1
 * @param keyValueBytes of all keys and values that are kept, those of ended sequences too; {@link #AS_NEEDED} for what all
 *     slots need at their longest
 * @param promptTokens tokens of prompts that are read in one step, beside a new token for each growing sequence: a long
 *     prompt holds the others up by no more than this; at least 1
 */
public record EngineLimits(int slots, long keyValueBytes, int promptTokens) {
    public static final long AS_NEEDED = Long.MAX_VALUE;

    /** Enough that a product's cost is its arithmetic. */
    public static final int PROMPT_TOKENS = 512;

    /** Two that a sequence takes ahead of its need, and one that others wait for. */
    private static final int SPARE_BLOCKS = 3;

    /**
     * @throws IllegalArgumentException if one of them is too small
     */
    public EngineLimits {
        if (slots < 1 || keyValueBytes < 1 || promptTokens < 1) {
            throw new IllegalArgumentException(
                    slots + " slots, " + keyValueBytes + " bytes, " + promptTokens + " prompt tokens");
        }
    }

    /** Blocks of keys and values with which no sequence of so many tokens ever waits: each has some to spare. */
    public int neededBlocks(int longest) {
        return Math.multiplyExact(slots, KeyValueCache.blocks(longest) + SPARE_BLOCKS);
    }

    /** So many sequences together, with as much memory as they need. */
    public static EngineLimits of(int slots) {
        return new EngineLimits(slots, AS_NEEDED, PROMPT_TOKENS);
    }
}
