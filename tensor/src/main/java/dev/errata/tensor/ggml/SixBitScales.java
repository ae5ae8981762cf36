package dev.errata.tensor.ggml;

import static dev.errata.tensor.ggml.SimpleBlocks.high;
import static dev.errata.tensor.ggml.SimpleBlocks.low;
import static dev.errata.tensor.ggml.SimpleBlocks.pair;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The 6-bit scales and minima of sub-blocks, 12 bytes of a block of 256. */
public final class SixBitScales {
    private SixBitScales() {}

    /** The scale of sub-block 0 to 7 of Q4_K and Q5_K: the first four in bytes 0-3, the others in halves and upper bit pairs. */
    public static int scale(MemorySegment in, long scales, int sub) {
        if (sub < 4) {
            return in.get(ValueLayout.JAVA_BYTE, scales + sub) & 63;
        }
        int low = low(in.get(ValueLayout.JAVA_BYTE, scales + sub + 4));
        return low + 16 * pair(in.get(ValueLayout.JAVA_BYTE, scales + sub - 4), 3);
    }

    /** The minimum of sub-block 0 to 7 of Q4_K and Q5_K: the first four in bytes 4-7, the others in halves and upper bit pairs. */
    public static int min(MemorySegment in, long scales, int sub) {
        if (sub < 4) {
            return in.get(ValueLayout.JAVA_BYTE, scales + sub + 4) & 63;
        }
        int low = high(in.get(ValueLayout.JAVA_BYTE, scales + sub + 4));
        return low + 16 * pair(in.get(ValueLayout.JAVA_BYTE, scales + sub), 3);
    }

    /**
     * The scale of sub-block 0 to 15 of Q3_K, from −32 to 31: its low half in bytes 0-7 (two a byte), its upper bit pair in
     * bytes 8-11 (four a byte).
     */
    public static int scaleOfQ3(MemorySegment in, long scales, int sub) {
        int lower = in.get(ValueLayout.JAVA_BYTE, scales + sub % 8);
        int upper = in.get(ValueLayout.JAVA_BYTE, scales + 8 + sub % 4);
        return (sub < 8 ? low(lower) : high(lower)) + 16 * pair(upper, sub / 4) - 32;
    }
}
