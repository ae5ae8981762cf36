package dev.errata.pipeline.engine;

/**
 * One prompt to continue, without the wrapping of chat templates. Its texts depend on the model, the way tokens are chosen
 * and on this alone.
 *
 * @param seed of the random numbers, which are keyed by it, the prompt and the index of a text
 * @param samples how many texts
 */
public record Request(String prompt, long seed, int samples) {}
