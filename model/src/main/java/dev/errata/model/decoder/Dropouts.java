package dev.errata.model.decoder;

import dev.errata.tensor.Philox;

/**
 * Names the masks of one micro-batch, so that recomputation and resumption draw the same.
 *
 * @param step the optimizer step, from 1
 * @param microBatch the micro-batch within the step, from 0
 */
public record Dropouts(long seed, int step, int microBatch) {
    /** The masks of a layer that is run on some rows at a time: those of the rows from {@code row} on. */
    public Dropouts from(int row) {
        return row == 0 ? this : new Dropouts(Philox.stream("rows", seed, row), step, microBatch);
    }

    long stream(String layer) {
        return Philox.stream("dropout", step, microBatch, layer);
    }
}
