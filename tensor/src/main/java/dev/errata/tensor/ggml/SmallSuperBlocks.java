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
 * The K formats of 2 and 3 bits: 256 elements in sixteen sub-blocks of 16. In each half of 128 elements, bit pair p of
 * byte l belongs to element 32 p + l.
 */
final class SmallSuperBlocks {
    private SmallSuperBlocks() {}

    /** 16 bytes of scale (low) and minimum (high half), 64 bytes, d, dmin: d * scale * q - dmin * min. */
    static void q2k(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at + 80);
        float dmin = f16(in, at + 82);
        for (int sub = 0; sub < 16; sub++) {
            int packed = in.get(ValueLayout.JAVA_BYTE, at + sub);
            float scale = d * low(packed);
            float min = dmin * high(packed);
            long quants = at + 16 + quantByte(sub);
            for (int l = 0; l < 16; l++) {
                int q = pair(in.get(ValueLayout.JAVA_BYTE, quants + l), sub % 8 / 2);
                set(out, to, sub * 16 + l, scale * q - min);
            }
        }
    }

    /**
     * 32 bytes of third bits (bit s / 2 of byte l + 16 (s mod 2) for sub-block s; unset takes off 4), 64 bytes, 12 bytes
     * of 6-bit scales, d: d * (scale - 32) * q.
     */
    static void q3k(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at + 108);
        for (int sub = 0; sub < 16; sub++) {
            float scale = d * SixBitScales.scaleOfQ3(in, at + 96, sub);
            long quants = at + 32 + quantByte(sub);
            long thirdBits = at + sub % 2 * 16L;
            for (int l = 0; l < 16; l++) {
                int q = pair(in.get(ValueLayout.JAVA_BYTE, quants + l), sub % 8 / 2);
                int third = bit(in.get(ValueLayout.JAVA_BYTE, thirdBits + l), sub / 2);
                set(out, to, sub * 16 + l, scale * (q - 4 + 4 * third));
            }
        }
    }

    /** Where the bytes of a sub-block begin: four pairs of sub-blocks share 32 bytes. */
    private static int quantByte(int sub) {
        return sub / 8 * 32 + sub % 2 * 16;
    }
}
