package dev.errata.model.generate;

import dev.errata.tensor.sampling.SamplerSettings;
import java.util.Arrays;

/**
 * A prompt to go on from, and how. What is written depends on the model, on this and on nothing else: the random numbers of
 * a sample are keyed by the seed, the prompt's tokens and the sample's index.
 *
 * @param prompt its tokens, at least one
 * @param maxNewTokens after so many new tokens a sample ends with {@link Finish#LENGTH}; 0 writes nothing
 * @param forbidden tokens that are never written, as those without a text; ascending. Requests that have the same array
 *     share it on the backend
 * @param seed of the numbers that sampling draws
 * @param samples how many are written after this prompt, each to an end of its own; at least 1
 * @param adapter the name of one of the decoder's adapters; null for the model as it is
 * @param wanted which log-probabilities are told
 */
public record GenerationRequest(
        int[] prompt,
        SamplerSettings sampler,
        int maxNewTokens,
        StopConditions stop,
        int[] forbidden,
        long seed,
        int samples,
        String adapter,
        LogProbabilities wanted) {
    private static final int[] NONE = {};

    /**
     * @throws IllegalArgumentException if there is no token to go on from, or a number is too small
     */
    public GenerationRequest {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("a prompt without a token");
        }
        if (maxNewTokens < 0 || samples < 1) {
            throw new IllegalArgumentException(maxNewTokens + " new tokens, " + samples + " samples");
        }
    }

    /** One sample of the model as it is, of which every token may be written. */
    public GenerationRequest(int[] prompt, SamplerSettings sampler, int maxNewTokens, StopConditions stop, long seed) {
        this(prompt, sampler, maxNewTokens, stop, NONE, seed, 1, null, LogProbabilities.NONE);
    }

    public GenerationRequest withForbidden(int[] ids) {
        return new GenerationRequest(prompt, sampler, maxNewTokens, stop, ids, seed, samples, adapter, wanted);
    }

    public GenerationRequest withSamples(int count) {
        return new GenerationRequest(prompt, sampler, maxNewTokens, stop, forbidden, seed, count, adapter, wanted);
    }

    public GenerationRequest withAdapter(String name) {
        return new GenerationRequest(prompt, sampler, maxNewTokens, stop, forbidden, seed, samples, name, wanted);
    }

    public GenerationRequest withLogProbabilities(LogProbabilities of) {
        return new GenerationRequest(prompt, sampler, maxNewTokens, stop, forbidden, seed, samples, adapter, of);
    }

    /** Tokens of a sample that isn't ended before its length is full. */
    public long longest() {
        return (long) prompt.length + maxNewTokens;
    }

    /** Names the random numbers of a sample under the seed (FNV-1a over the prompt's bytes and the index). */
    long stream(int sample) {
        long hash = 0xCBF29CE484222325L;
        for (int id : prompt) {
            hash = mixed(hash, id);
        }
        return mixed(hash, sample);
    }

    private static long mixed(long hash, int value) {
        long mixed = hash;
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            mixed = (mixed ^ (value >>> shift & 0xFF)) * 0x100000001B3L;
        }
        return mixed;
    }

    @Override
    public String toString() {
        return prompt.length + " tokens " + Arrays.hashCode(prompt) + ", up to " + maxNewTokens + " new, seed " + seed;
    }
}
