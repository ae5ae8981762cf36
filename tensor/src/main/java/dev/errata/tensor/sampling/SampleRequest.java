package dev.errata.tensor.sampling;

/**
 * What one row of {@link dev.errata.tensor.Op.SampleTokens} asks for.
 *
 * @param history the tokens so far, the prompt's too; may be empty where the settings don't need them
 * @param seed and {@code stream} and {@code index} name the uniform number that decides
 */
public record SampleRequest(SamplerSettings settings, int[] history, long seed, long stream, long index) {}
