package dev.errata.model.decoder;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;

/**
 * Tokens of several sequences, one after another without padding.
 *
 * @param ids I32 [N]
 * @param angles where they stand, as {@link Decoder#angles} gives them
 * @param segments which tokens belong together
 * @param cache where keys and values go and come from, or null to attend among these tokens alone
 * @param slots with a cache, where in it each token goes: I32 [N]
 * @param adapters which named adapters they go through
 * @param dropouts in training, the masks; else null
 * @param recomputedBlocks how many of the first blocks are run again for their gradients instead of keeping their activations
 */
public record TokenBatch(
        Tensor ids,
        RopeAngles angles,
        Segments segments,
        KeyValueCache cache,
        Tensor slots,
        AdapterRuns adapters,
        Dropouts dropouts,
        int recomputedBlocks) {
    /** Tokens that attend among themselves, as in scoring. */
    public static TokenBatch packed(Tensor ids, RopeAngles angles, Segments segments) {
        return new TokenBatch(ids, angles, segments, null, null, AdapterRuns.NONE, null, 0);
    }
}
