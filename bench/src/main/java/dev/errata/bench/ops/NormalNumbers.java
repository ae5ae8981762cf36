package dev.errata.bench.ops;

import dev.errata.tensor.Philox;

/**
 * Standard normal numbers in plenty: a prime number of them over and over, so that no stride of a layout meets the same ones
 * again.
 */
final class NormalNumbers {
    private static final int PERIOD = 500_009;
    private static final float[] VALUES = new float[PERIOD];

    static {
        for (int i = 0; i < PERIOD; i++) {
            VALUES[i] = (float) Philox.normal(11, 1, i);
        }
    }

    private NormalNumbers() {}

    /** Number {@code index} of a stream. */
    static float at(long stream, long index) {
        return VALUES[(int) Math.floorMod(stream * 7919 + index, (long) PERIOD)];
    }

    /** {@code count} numbers of a stream from one on, into an array. */
    static void fill(long stream, long from, float[] to, int at, int count) {
        int next = (int) Math.floorMod(stream * 7919 + from, (long) PERIOD);
        for (int done = 0; done < count; ) {
            int length = Math.min(count - done, PERIOD - next);
            System.arraycopy(VALUES, next, to, at + done, length);
            done += length;
            next = 0;
        }
    }
}
