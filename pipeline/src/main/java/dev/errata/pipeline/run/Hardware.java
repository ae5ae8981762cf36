package dev.errata.pipeline.run;

/**
 * What to compute on; changes no result.
 *
 * @param threads 0: as many as the machine has
 * @param device {@code cpu}, {@code reference} …; null: the best there is
 */
public record Hardware(int threads, String device) {}
