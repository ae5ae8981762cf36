package dev.errata.train;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.tensor.BadInputException;

/**
 * The memory that is left for keys and values beside a model's weights.
 *
 * @param bytes of the machine or the device, without what a step computes in
 * @param blockBytes of a block of keys and values in all layers
 */
public record KeyValueRoom(long bytes, long blockBytes) {
    /** One part in so many is for what a step computes: hidden states, logits, scratch. */
    private static final long STEP = 8;

    /** What a budget leaves beside a model. */
    public static KeyValueRoom beside(Decoder decoder, MemoryBudget memory) {
        long left = Math.max(0, memory.forTensors() - decoder.bytes());
        return new KeyValueRoom(left - left / STEP, KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType()));
    }

    /**
     * So much at a time as there is room for.
     *
     * @throws BadInputException if a budget is told that isn't there
     */
    public EngineLimits within(EngineLimits limits) {
        CacheBudget told = limits.cache();
        if (!told.asNeeded() && told.bytes() > bytes) {
            throw new BadInputException(
                    "kv_memory is " + MemoryFit.shown(told.bytes()) + ", and beside the weights there are "
                            + MemoryFit.shown(bytes),
                    "the memory for keys and values",
                    "give it less, or auto");
        }
        return limits.with(new CacheBudget(Math.clamp(bytes, 1, told.bytes()), told.asNeeded()));
    }

    /** What sequences of up to so many tokens take of it. */
    public String taken(EngineLimits limits, int longest) {
        return "keys and values take up to " + MemoryFit.shown(limits.mostBytes(longest, blockBytes)) + " for "
                + limits.slots() + " texts of at most " + longest + " tokens; beside the weights there are "
                + MemoryFit.shown(bytes);
    }
}
