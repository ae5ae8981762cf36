package dev.errata.kernels.machine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Buffers between pages that nobody may touch: a load or store beyond a buffer's end, or before its beginning, ends the process.
 */
public final class GuardedMemory implements AutoCloseable {
    private static final long PAGE = 4096;

    private final List<long[]> mapped = new ArrayList<>();

    /** A buffer whose end is the last readable byte; its beginning is aligned as its size is. */
    public MemorySegment before(long bytes) {
        long size = (bytes + PAGE - 1) / PAGE * PAGE;
        return segment(map(size) + PAGE + size - bytes, bytes);
    }

    /** A buffer whose beginning is the first readable byte. */
    public MemorySegment after(long bytes) {
        long size = (bytes + PAGE - 1) / PAGE * PAGE;
        return segment(map(size) + PAGE, bytes);
    }

    private long map(long size) {
        try {
            long all = size + 2 * PAGE;
            long at = LinuxCalls.map(all);
            mapped.add(new long[] {at, all});
            LinuxCalls.protect(at, PAGE, 0);
            LinuxCalls.protect(at + PAGE + size, PAGE, 0);
            return at;
        } catch (LinuxCalls.Refused e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment segment(long at, long bytes) {
        return MemorySegment.ofAddress(at).reinterpret(bytes);
    }

    @Override
    public void close() {
        mapped.forEach(each -> LinuxCalls.unmap(each[0], each[1]));
        mapped.clear();
    }
}
