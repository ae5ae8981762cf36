package dev.errata.tensor.ggml;

import static dev.errata.tensor.ggml.SimpleBlocks.bit;
import static dev.errata.tensor.ggml.SimpleBlocks.f16;
import static dev.errata.tensor.ggml.SimpleBlocks.high;
import static dev.errata.tensor.ggml.SimpleBlocks.low;
import static dev.errata.tensor.ggml.SimpleBlocks.pair;
import static dev.errata.tensor.ggml.SimpleBlocks.set;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The K formats of 4 to 6 bits: 256 elements under one F16 scale d, in sub-blocks with small integer scales of their
 * own. Q4_K and Q5_K: eight sub-blocks of 32 with 6-bit scales and minima; Q6_K: sixteen of 16 with signed 8-bit scales.
 */
final class SuperBlocks {
    private SuperBlocks() {}

    /** d, dmin, 12 bytes of scales, 128 bytes: d * scale * q - dmin * min. */
    static void q4k(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        float dmin = f16(in, at + 2);
        for (int p = 0; p < 4; p++) {
            long quants = at + 16 + p * 32L;
            float scale0 = d * SixBitScales.scale(in, at + 4, 2 * p);
            float min0 = dmin * SixBitScales.min(in, at + 4, 2 * p);
            float scale1 = d * SixBitScales.scale(in, at + 4, 2 * p + 1);
            float min1 = dmin * SixBitScales.min(in, at + 4, 2 * p + 1);
            for (int l = 0; l < 32; l++) {
                int q = in.get(ValueLayout.JAVA_BYTE, quants + l);
                set(out, to, p * 64 + l, scale0 * low(q) - min0);
                set(out, to, p * 64 + 32 + l, scale1 * high(q) - min1);
            }
        }
    }

    /** As Q4_K with 32 bytes of fifth bits before the 128: bit s of byte l belongs to element l of sub-block s. */
    static void q5k(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        float dmin = f16(in, at + 2);
        for (int p = 0; p < 4; p++) {
            long quants = at + 48 + p * 32L;
            float scale0 = d * SixBitScales.scale(in, at + 4, 2 * p);
            float min0 = dmin * SixBitScales.min(in, at + 4, 2 * p);
            float scale1 = d * SixBitScales.scale(in, at + 4, 2 * p + 1);
            float min1 = dmin * SixBitScales.min(in, at + 4, 2 * p + 1);
            for (int l = 0; l < 32; l++) {
                int q = in.get(ValueLayout.JAVA_BYTE, quants + l);
                int fifth = in.get(ValueLayout.JAVA_BYTE, at + 16 + l);
                set(out, to, p * 64 + l, scale0 * (low(q) + 16 * bit(fifth, 2 * p)) - min0);
                set(out, to, p * 64 + 32 + l, scale1 * (high(q) + 16 * bit(fifth, 2 * p + 1)) - min1);
            }
        }
    }

    /** 128 bytes of low halves, 64 bytes of upper bit pairs, 16 scales, d: d * scale * (q - 32). */
    static void q6k(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at + 208);
        for (int half = 0; half < 2; half++) {
            long lower = at + half * 64L;
            long uppers = at + 128 + half * 32L;
            long scales = at + 192 + half * 8L;
            for (int l = 0; l < 32; l++) {
                int q0 = in.get(ValueLayout.JAVA_BYTE, lower + l);
                int q1 = in.get(ValueLayout.JAVA_BYTE, lower + 32 + l);
                int upper = in.get(ValueLayout.JAVA_BYTE, uppers + l);
                long scale = scales + l / 16;
                int element = half * 128 + l;
                float scale0 = d * in.get(ValueLayout.JAVA_BYTE, scale);
                float scale1 = d * in.get(ValueLayout.JAVA_BYTE, scale + 2);
                float scale2 = d * in.get(ValueLayout.JAVA_BYTE, scale + 4);
                float scale3 = d * in.get(ValueLayout.JAVA_BYTE, scale + 6);
                set(out, to, element, scale0 * (low(q0) + 16 * pair(upper, 0) - 32));
                set(out, to, element + 32, scale1 * (low(q1) + 16 * pair(upper, 1) - 32));
                set(out, to, element + 64, scale2 * (high(q0) + 16 * pair(upper, 2) - 32));
                set(out, to, element + 96, scale3 * (high(q1) + 16 * pair(upper, 3) - 32));
            }
        }
    }
}
