package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Rounding;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Runs of F32, BF16 and F16 elements at addresses, from one type to another; rounded as {@link Rounding} does. */
final class Conversion {
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    /** As many lanes as {@link #I} has. */
    private static final VectorSpecies<Short> HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));

    private static final int W = Lanes.COUNT;

    private Conversion() {}

    /** out F32 = x; they don't overlap. */
    static void widen(DType dtype, long x, int count, long out) {
        switch (dtype) {
            case F32 -> Memory.copy(x, out, count * 4L);
            case BF16 -> widenBf16(x, count, out);
            case F16 -> widenF16(x, count, out);
            case F64, I64, I32, I16, I8, U8, BOOL -> throw unknown(dtype);
        }
    }

    /** out = x F32, rounded; they don't overlap. */
    static void narrow(long x, DType dtype, int count, long out) {
        switch (dtype) {
            case F32 -> Memory.copy(x, out, count * 4L);
            case BF16 -> narrowBf16(x, count, out);
            case F16 -> narrowF16(x, count, out);
            case F64, I64, I32, I16, I8, U8, BOOL -> throw unknown(dtype);
        }
    }

    private static void widenBf16(long x, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            ShortVector.fromMemorySegment(HALF, Memory.ALL, x + i * 2L, Lanes.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0)
                    .lanewise(VectorOperators.LSHL, 16)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.setInt(out + i * 4L, Memory.getShort(x + i * 2L) << 16);
        }
    }

    private static void narrowBf16(long x, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            IntVector bits = IntVector.fromMemorySegment(I, Memory.ALL, x + i * 4L, Lanes.ORDER);
            RoundMath.bf16Bits(bits)
                    .lanewise(VectorOperators.LSHR, 16)
                    .convertShape(VectorOperators.I2S, HALF, 0)
                    .intoMemorySegment(Memory.ALL, out + i * 2L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.setShort(out + i * 2L, Rounding.bf16Bits(Memory.get(x + i * 4L)));
        }
    }

    private static void widenF16(long x, int count, long out) {
        for (int i = 0; i < count; i++) {
            Memory.set(out + i * 4L, Float.float16ToFloat(Memory.getShort(x + i * 2L)));
        }
    }

    private static void narrowF16(long x, int count, long out) {
        for (int i = 0; i < count; i++) {
            Memory.setShort(out + i * 2L, Float.floatToFloat16(Memory.get(x + i * 4L)));
        }
    }

    private static IllegalArgumentException unknown(DType dtype) {
        return new IllegalArgumentException("F32, BF16 or F16 is needed, not " + dtype);
    }
}
