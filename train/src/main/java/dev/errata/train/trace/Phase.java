package dev.errata.train.trace;

import java.util.Locale;

/** The parts of a training step, in their order; with several micro-batches the first three come again. */
public enum Phase {
    /** From the embedding to the final norm. */
    FORWARD,
    /** The output layer with its loss, forward and backward, some rows at a time. */
    OUTPUT,
    /** Gradients of the layers, with what is computed again for them. */
    BACKWARD,
    /** The gradients' norm and the optimizer; also the zeroing of gradients. */
    UPDATE;

    /** As in tables: {@code forward}. */
    public String shown() {
        return name().toLowerCase(Locale.ROOT);
    }
}
