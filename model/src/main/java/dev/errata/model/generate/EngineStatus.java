package dev.errata.model.generate;

/**
 * What an engine is at and what it has done, after its last step.
 *
 * @param running sequences that have a slot
 * @param waiting sequences that wait for one, those that were put back included
 * @param heldBlocks blocks of keys and values that running sequences hold
 * @param cachedBlocks blocks that nobody holds and that are kept for prompts that begin alike
 * @param mostBlocks that there may be
 * @param promptTokens tokens of prompts that were read since the start
 * @param sharedTokens tokens of prompts that weren't, since they were in the cache
 * @param newTokens tokens that were written
 * @param putBack times that a running sequence gave its blocks to others and was read again later
 */
public record EngineStatus(
        int running,
        int waiting,
        int heldBlocks,
        int cachedBlocks,
        int mostBlocks,
        long promptTokens,
        long sharedTokens,
        long newTokens,
        long putBack) {}
