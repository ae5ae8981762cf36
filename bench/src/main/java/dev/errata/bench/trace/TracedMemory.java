package dev.errata.bench.trace;

import java.util.List;

/**
 * Memory that was allocated, from its first byte to its last.
 *
 * @param bytes as asked for
 * @param begun nanoseconds since the step began; 0 if it was there before
 * @param ended when it was freed; {@link #NEVER} if it outlived the step
 * @param madeBy the first call of the step that wrote to it, −1 for none
 * @param reads the calls of the step that read it, in order
 */
record TracedMemory(String name, MemoryKind kind, long bytes, long begun, long ended, int madeBy, List<Integer> reads) {
    static final long NEVER = Long.MAX_VALUE;

    boolean isLiveAt(long nanos) {
        return begun <= nanos && nanos < ended;
    }
}
