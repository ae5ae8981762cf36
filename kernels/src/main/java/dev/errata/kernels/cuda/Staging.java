package dev.errata.kernels.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Pinned host memory through which elements cross. Two halves take turns: while one is on its way to the device the other
 * is filled.
 */
final class Staging implements AutoCloseable {
    private static final long HALF_BYTES = 8L << 20;
    private static final int HALVES = 2;

    private final CudaDriver driver;
    private final long stream;
    private final MemorySegment[] halves = new MemorySegment[HALVES];
    private final long[] sent = new long[HALVES];
    private int turn;

    Staging(CudaDriver driver, long stream) {
        this.driver = driver;
        this.stream = stream;
    }

    /** Returns once the host memory may change; the copy itself happens in the order of the stream. */
    synchronized void upload(MemorySegment from, long to) {
        for (long at = 0; at < from.byteSize(); at += HALF_BYTES) {
            long bytes = Math.min(HALF_BYTES, from.byteSize() - at);
            MemorySegment half = half().asSlice(0, bytes);
            half.copyFrom(from.asSlice(at, bytes));
            driver.upload(half, to + at, stream);
            driver.record(sent[turn], stream);
            turn = (turn + 1) % HALVES;
        }
    }

    void fill(long address, byte value, long bytes) {
        driver.fill(address, value, bytes, stream);
    }

    /** Waits for all that the stream was given before. */
    synchronized void download(long from, MemorySegment to) {
        for (long at = 0; at < to.byteSize(); at += HALF_BYTES) {
            long bytes = Math.min(HALF_BYTES, to.byteSize() - at);
            MemorySegment half = half().asSlice(0, bytes);
            driver.download(from + at, half, stream);
            driver.synchronize(stream);
            to.asSlice(at, bytes).copyFrom(half);
        }
    }

    private MemorySegment half() {
        if (halves[turn] == null) {
            halves[turn] = driver.allocatePinned(HALF_BYTES);
            sent[turn] = driver.createEvent();
        } else {
            driver.synchronizeEvent(sent[turn]);
        }
        return halves[turn];
    }

    @Override
    public synchronized void close() {
        for (int i = 0; i < HALVES; i++) {
            if (halves[i] != null) {
                driver.freePinned(halves[i]);
                driver.destroyEvent(sent[i]);
                halves[i] = null;
            }
        }
    }
}
