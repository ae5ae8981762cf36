package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;

/**
 * How much an engine does at a time. None of it changes what is written.
 *
 * @param slots sequences that grow together, at least 1
 * @param promptTokens tokens of prompts that are read in one step, beside a new token for each growing sequence: a long
 *     prompt holds the others up by no more than this; at least 1
 */
public record EngineLimits(int slots, CacheBudget cache, int promptTokens) {
    /** Enough that a product's cost is its arithmetic. */
    public static final int PROMPT_TOKENS = 512;

    /** Two that a sequence takes ahead of its need, and one that others wait for. */
    private static final int SPARE_BLOCKS = 3;

    /**
     * @throws IllegalArgumentException if one of them is too small
     */
    public EngineLimits {
        if (slots < 1 || promptTokens < 1) {
            throw new IllegalArgumentException(slots + " slots, " + promptTokens + " prompt tokens");
        }
    }

    /** So many sequences together, with as much memory as they need. */
    public static EngineLimits of(int slots) {
        return of(slots, CacheBudget.AS_NEEDED);
    }

    /** So many sequences together, within this memory. */
    public static EngineLimits of(int slots, CacheBudget cache) {
        return new EngineLimits(slots, cache, PROMPT_TOKENS);
    }

    /** The same with other memory. */
    public EngineLimits with(CacheBudget other) {
        return new EngineLimits(slots, other, promptTokens);
    }

    /** Blocks of keys and values with which no sequence of so many tokens ever waits: each has some to spare. */
    int neededBlocks(int longest) {
        return Math.multiplyExact(slots, KeyValueCache.blocks(longest) + SPARE_BLOCKS);
    }

    /** Blocks that sequences of up to so many tokens may take. */
    int mostBlocks(int longest, long blockBytes) {
        int most = cache.mostBlocks(blockBytes);
        return cache.asNeeded() ? Math.min(most, neededBlocks(longest)) : most;
    }

    /**
     * Bytes that keys and values may take.
     *
     * @param longest tokens of a sequence at most
     * @param blockBytes as of {@link KeyValueCache#blockBytes}
     */
    public long mostBytes(int longest, long blockBytes) {
        return mostBlocks(longest, blockBytes) * blockBytes;
    }
}
