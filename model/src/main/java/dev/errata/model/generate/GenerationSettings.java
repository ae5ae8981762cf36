package dev.errata.model.generate;

import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;
import java.util.Set;

/**
 * How to write.
 *
 * @param maxNewTokens after so many new tokens a sequence ends with {@link Finish#LENGTH}
 * @param stop texts that end a sequence; the text given ends before the first of them
 * @param stopIds tokens that end a sequence; the token itself is among the ids given
 * @param forbidden tokens that are never written, as those without a text; ascending
 * @param seed of the uniform numbers that sampling draws
 */
public record GenerationSettings(
        int maxNewTokens,
        SamplerSettings sampler,
        List<String> stop,
        Set<Integer> stopIds,
        int[] forbidden,
        long seed) {
    /** Settings under which every token may be written. */
    public GenerationSettings(
            int maxNewTokens, SamplerSettings sampler, List<String> stop, Set<Integer> stopIds, long seed) {
        this(maxNewTokens, sampler, stop, stopIds, new int[0], seed);
    }
}
