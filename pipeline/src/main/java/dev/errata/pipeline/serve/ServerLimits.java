package dev.errata.pipeline.serve;

/**
 * What requests may ask of the engine.
 *
 * @param slots sequences that grow together
 * @param queue sequences that may wait for a slot; a request is refused where so many wait already
 * @param seconds that a request may take
 */
public record ServerLimits(int slots, int queue, int seconds) {}
