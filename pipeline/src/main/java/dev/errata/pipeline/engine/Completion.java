package dev.errata.pipeline.engine;

/**
 * What the model wrote.
 *
 * @param finish {@code stop} at an end token or stop text, {@code length} when cut off; of an endpoint also why it won't
 *     write, which begins {@code refused}
 */
public record Completion(String text, String finish) {}
