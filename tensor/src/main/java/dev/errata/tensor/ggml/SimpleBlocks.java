package dev.errata.tensor.ggml;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Blocks of 32 elements with one F16 scale d, and a minimum m in the formats that end in _1. Element j lies in the low
 * half of byte j, element j + 16 in its high half; the fifth bits of Q5 are gathered in a word, bit j for element j.
 */
final class SimpleBlocks {
    private static final int HALF = 16;

    private SimpleBlocks() {}

    /** d, 16 bytes: d * (q - 8). */
    static void q4x0(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        for (int j = 0; j < HALF; j++) {
            int q = in.get(ValueLayout.JAVA_BYTE, at + 2 + j);
            set(out, to, j, (low(q) - 8) * d);
            set(out, to, j + HALF, (high(q) - 8) * d);
        }
    }

    /** d, m, 16 bytes: d * q + m. */
    static void q4x1(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        float m = f16(in, at + 2);
        for (int j = 0; j < HALF; j++) {
            int q = in.get(ValueLayout.JAVA_BYTE, at + 4 + j);
            set(out, to, j, low(q) * d + m);
            set(out, to, j + HALF, high(q) * d + m);
        }
    }

    /** d, 32 fifth bits, 16 bytes: d * (q - 16). */
    static void q5x0(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        int fifth = in.get(Layouts.I32, at + 2);
        for (int j = 0; j < HALF; j++) {
            int q = in.get(ValueLayout.JAVA_BYTE, at + 6 + j);
            set(out, to, j, (low(q) + 16 * bit(fifth, j) - 16) * d);
            set(out, to, j + HALF, (high(q) + 16 * bit(fifth, j + HALF) - 16) * d);
        }
    }

    /** d, m, 32 fifth bits, 16 bytes: d * q + m. */
    static void q5x1(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        float m = f16(in, at + 2);
        int fifth = in.get(Layouts.I32, at + 4);
        for (int j = 0; j < HALF; j++) {
            int q = in.get(ValueLayout.JAVA_BYTE, at + 8 + j);
            set(out, to, j, (low(q) + 16 * bit(fifth, j)) * d + m);
            set(out, to, j + HALF, (high(q) + 16 * bit(fifth, j + HALF)) * d + m);
        }
    }

    /** d, 32 signed bytes: d * q. */
    static void q8x0(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        for (int j = 0; j < 2 * HALF; j++) {
            set(out, to, j, in.get(ValueLayout.JAVA_BYTE, at + 2 + j) * d);
        }
    }

    /** The low half of a byte. */
    static int low(int q) {
        return q & 15;
    }

    /** The high half of a byte. */
    static int high(int q) {
        return q >>> 4 & 15;
    }

    static int bit(int word, int index) {
        return word >>> index & 1;
    }

    /** Bit pair {@code index} of a byte. */
    static int pair(int q, int index) {
        return (q >>> (2 * index)) & 3;
    }

    static float f16(MemorySegment in, long at) {
        return Float.float16ToFloat(in.get(Layouts.I16, at));
    }

    static void set(MemorySegment out, long to, int element, float value) {
        out.set(Layouts.F32, to + (long) element * Float.BYTES, value);
    }
}
