package dev.errata.tensor.sampling;

/**
 * What one sequence asks of {@link dev.errata.tensor.Op.SampleTokens}, as {@link SamplingState} uploads it.
 *
 * @param history the tokens so far, the prompt's too; may be empty where the settings don't need them
 * @param forbidden tokens that must not be chosen, as those without a text; ascending
 * @param seed and {@code stream} and {@code index} name the uniform number that decides
 */
public record SampleRequest(
        SamplerSettings settings, int[] history, int[] forbidden, long seed, long stream, long index) {
    /** One that every token may answer. */
    public SampleRequest(SamplerSettings settings, int[] history, long seed, long stream, long index) {
        this(settings, history, new int[0], seed, stream, index);
    }
}
