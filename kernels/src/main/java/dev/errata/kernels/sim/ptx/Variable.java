package dev.errata.kernels.sim.ptx;

import java.util.List;

/**
 * A named piece of memory.
 *
 * @param type of an element
 * @param bytes 0 for {@code extern .shared} arrays, whose size the launch gives
 * @param initial values of a {@code .global} or {@code .const} variable, or null; the rest is zeros
 */
public record Variable(
        int line,
        String name,
        Space space,
        PtxType type,
        int alignment,
        long bytes,
        boolean external,
        List<Initial> initial) {
    /** Where a variable lives. */
    public enum Space {
        GLOBAL,
        CONST,
        SHARED,
        LOCAL,
        PARAM
    }

    /** One element of an initializer. */
    public sealed interface Initial {
        /** The element's bits. */
        record Value(long bits) implements Initial {}

        /** The address of another variable, plus an offset. */
        record AddressOf(String name, long offset) implements Initial {}
    }
}
