package dev.errata.pipeline.config;

import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.Place;
import dev.errata.train.config.MemorySize;

/**
 * The key {@code kv_memory}: the memory for keys and values, as {@code 2GB}, or {@code auto}: what all sequences need, as far
 * as there is memory beside the weights.
 */
final class GenerationMemory {
    private static final String KEY = "kv_memory";
    private static final String AUTO = "auto";

    private GenerationMemory() {}

    static void check(String size, Place place) {
        try {
            budget(size);
        } catch (BadInputException e) {
            throw place.wrong(KEY, "is " + size, e.remedy() + ", or auto");
        }
    }

    private static CacheBudget budget(String size) {
        return size.equals(AUTO) ? CacheBudget.AS_NEEDED : CacheBudget.of(MemorySize.parse(size, KEY));
    }

    /** So many sequences at a time, in this memory. */
    static EngineLimits limits(int slots, String size) {
        return EngineLimits.of(slots, budget(size));
    }
}
