package dev.errata.tensor.ggml;

import static dev.errata.tensor.ggml.SimpleBlocks.f16;
import static dev.errata.tensor.ggml.SimpleBlocks.high;
import static dev.errata.tensor.ggml.SimpleBlocks.low;
import static dev.errata.tensor.ggml.SimpleBlocks.pair;
import static dev.errata.tensor.ggml.SimpleBlocks.set;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The IQ4 formats: four bits that choose one of sixteen levels, which lie closer together near zero. */
final class NonLinearBlocks {
    /** ggml's {@code kvalues_iq4nl}. */
    static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private static final int HALF = 16;

    private NonLinearBlocks() {}

    /** 32 elements: d, 16 bytes; element j in the low half of byte j, j + 16 in its high half: d * level. */
    static void iq4nl(MemorySegment in, long at, MemorySegment out, long to) {
        levels(in, at + 2, f16(in, at), out, to, 0);
    }

    /**
     * 256 elements in eight sub-blocks of 32: d, 16 bits of upper scale pairs, 4 bytes of lower scale halves, 128 bytes:
     * d * (scale - 32) * level.
     */
    static void iq4xs(MemorySegment in, long at, MemorySegment out, long to) {
        float d = f16(in, at);
        int uppers = in.get(Layouts.I16, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            int lowers = in.get(ValueLayout.JAVA_BYTE, at + 4 + sub / 2);
            int scale = (sub % 2 == 0 ? low(lowers) : high(lowers)) + 16 * pair(uppers, sub);
            levels(in, at + 8 + sub * 16L, d * (scale - 32), out, to, sub * 32);
        }
    }

    private static void levels(MemorySegment in, long at, float scale, MemorySegment out, long to, int element) {
        for (int j = 0; j < HALF; j++) {
            int q = in.get(ValueLayout.JAVA_BYTE, at + j);
            set(out, to, element + j, scale * LEVELS[low(q)]);
            set(out, to, element + j + HALF, scale * LEVELS[high(q)]);
        }
    }
}
