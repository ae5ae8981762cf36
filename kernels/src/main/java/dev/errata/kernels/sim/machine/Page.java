package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.WrittenBytes;

/**
 * 64 KiB of an allocation, made when something is done there. {@code writers} and {@code readers} tell for each
 * granule which block of the running launch used it (see {@link
 * dev.errata.kernels.sim.check.BlockFlow}); they are made when a kernel comes by.
 */
final class Page {
    static final int BYTES = 1 << 16;

    final byte[] data = new byte[BYTES];
    final WrittenBytes written = new WrittenBytes(BYTES);
    int[] writers;
    int[] readers;

    /** log2 of the bytes that a stamp stands for. */
    int shift;

    void stampEvery(int granuleShift) {
        if (writers == null || shift != granuleShift) {
            shift = granuleShift;
            writers = new int[BYTES >>> shift];
            readers = new int[writers.length];
        }
    }
}
