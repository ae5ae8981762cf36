package dev.errata.pipeline.engine;

/**
 * What the model wrote.
 *
 * @param finish {@code stop} at an end token or stop text, {@code length} when cut off
 */
public record Completion(String text, String finish) {}
