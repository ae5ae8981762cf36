package dev.errata.pipeline.engine;

/**
 * What to compute on; changes no result, but for the last bits of what another device computes.
 *
 * @param threads 0: as many as the machine has
 * @param device {@code cpu}, {@code reference} …; null: the best there is
 * @param mayChange whether what was begun on another device, or with other units of a processor, may go on on this one
 */
public record Hardware(int threads, String device, boolean mayChange) {
    /** For work that goes on where it was begun. */
    public Hardware(int threads, String device) {
        this(threads, device, false);
    }
}
