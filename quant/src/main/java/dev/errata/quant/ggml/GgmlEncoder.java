package dev.errata.quant.ggml;

import dev.errata.quant.HalfFloats;
import dev.errata.quant.LittleEndian;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;

/**
 * Encodes F32 as F32, F16, BF16, Q8_0 or Q4_0, to the same bytes as ggml's reference code ({@code quantize_row_q8_0_ref},
 * {@code quantize_row_q4_0_ref}) and the Python package gguf. Where ggml leaves the result open (a value that is no
 * number, an infinity), the package's is taken.
 */
public final class GgmlEncoder {
    /** The types that can be written. */
    public static final Set<GgmlType> TYPES =
            Set.copyOf(EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_0));

    private static final int BLOCK = 32;
    private static final short QUIET_NAN = 0x7E00;

    private GgmlEncoder() {}

    /**
     * Encodes {@code blocks} blocks of {@code source}.
     *
     * @param source F32, little-endian
     * @param from first element of {@code source} to take
     * @param target takes {@code blocks * type.blockBytes()} bytes from byte {@code to} on
     * @throws IllegalArgumentException for a type that isn't in {@link #TYPES}
     */
    public static void encode(
            GgmlType type, MemorySegment source, long from, long blocks, MemorySegment target, long to) {
        long in = from * Float.BYTES;
        switch (type) {
            case F32 -> MemorySegment.copy(source, in, target, to, blocks * Float.BYTES);
            case F16 -> {
                for (long i = 0; i < blocks; i++) {
                    target.set(LittleEndian.I16, to + 2 * i, f16(source.get(LittleEndian.F32, in + 4 * i)));
                }
            }
            case BF16 -> {
                for (long i = 0; i < blocks; i++) {
                    short bits = HalfFloats.floatToBf16(source.get(LittleEndian.F32, in + 4 * i));
                    target.set(LittleEndian.I16, to + 2 * i, bits);
                }
            }
            case Q8_0 -> {
                for (long b = 0; b < blocks; b++) {
                    q8x0(source, in + b * BLOCK * Float.BYTES, target, to + b * type.blockBytes());
                }
            }
            case Q4_0 -> {
                for (long b = 0; b < blocks; b++) {
                    q4x0(source, in + b * BLOCK * Float.BYTES, target, to + b * type.blockBytes());
                }
            }
            default -> throw new IllegalArgumentException(type + " can't be written");
        }
    }

    /** d = max |x| / 127 as F16, 32 bytes: x / d rounded to nearest, halves away from zero. */
    private static void q8x0(MemorySegment in, long at, MemorySegment out, long to) {
        float largest = 0;
        for (int j = 0; j < BLOCK; j++) {
            largest = Math.max(largest, Math.abs(value(in, at, j))); // NaN stays
        }
        float d = largest / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(LittleEndian.I16, to, Float.isNaN(d) ? QUIET_NAN : f16(d));
        for (int j = 0; j < BLOCK; j++) {
            out.set(ValueLayout.JAVA_BYTE, to + 2 + j, rounded(value(in, at, j) * inverse));
        }
    }

    /** d = the value of largest magnitude / -8 as F16, 16 bytes: x / d + 8 rounded, at most 15. */
    private static void q4x0(MemorySegment in, long at, MemorySegment out, long to) {
        float extreme = value(in, at, 0);
        for (int j = 1; j < BLOCK && !Float.isNaN(extreme); j++) {
            float each = value(in, at, j);
            if (Math.abs(each) > Math.abs(extreme) || Float.isNaN(each)) {
                extreme = each;
            }
        }
        float d = extreme / -8;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(LittleEndian.I16, to, f16(d));
        for (int j = 0; j < BLOCK / 2; j++) {
            int lower = level(value(in, at, j) * inverse);
            int upper = level(value(in, at, j + BLOCK / 2) * inverse);
            out.set(ValueLayout.JAVA_BYTE, to + 2 + j, (byte) (lower | (upper << 4)));
        }
    }

    /** C's roundf; 0 for what is no number. */
    private static byte rounded(float value) {
        float magnitude = Math.abs(value);
        float floor = (float) Math.floor(magnitude);
        float away = floor + (float) Math.floor(2 * (magnitude - floor)); // NaN for infinities, which becomes 0
        return (byte) (int) Math.copySign(away, value);
    }

    /** 0 to 15; an infinity, where 1 / d overflowed, becomes 0. */
    private static int level(float scaled) {
        return Float.isInfinite(scaled) ? 0 : Math.min(15, (int) (scaled + 8.5f));
    }

    private static float value(MemorySegment in, long at, int element) {
        return in.get(LittleEndian.F32, at + (long) element * Float.BYTES);
    }

    /** To nearest, ties to even. A NaN keeps its sign and the upper bits of its payload, signaling or not. */
    private static short f16(float value) {
        if (!Float.isNaN(value)) {
            return Float.floatToFloat16(value);
        }
        int bits = Float.floatToRawIntBits(value);
        int payload = Math.max(1, (bits & 0x7FFFFF) >>> 13);
        return (short) (((bits >>> 16) & 0x8000) | 0x7C00 | payload);
    }
}
