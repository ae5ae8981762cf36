package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Rounding;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounds rows of floats to narrower types, with the bits of {@link Rounding}. Adding just under half of the lower 16 bits' range, and one
 * more where the kept part is odd, carries when it should. Each loop has this written out: vectors that cross a call may be boxed.
 */
final class RoundMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(S.vectorBitSize() / 2));
    private static final int W = Lanes.COUNT;
    private static final int HALF = 0x7FFF;
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int INFINITE = 0x7F80_0000;
    private static final int QUIET = 0x0040_0000;
    private static final int UPPER = 0xFFFF_0000;

    private RoundMath() {}

    /**
     * out = x rounded to F32, BF16 or F16; out may be x.
     *
     * @throws IllegalArgumentException for another type
     */
    static void to(DType dtype, long x, int count, long out) {
        if (dtype == DType.BF16) {
            bf16(x, count, out);
        } else if (dtype != DType.F32 || x != out) {
            for (int i = 0; i < count; i++) {
                Memory.set(out + i * 4L, Rounding.to(dtype, Memory.get(x + i * 4L)));
            }
        }
    }

    /**
     * x rounded to BF16 or F16 in place.
     *
     * @throws IllegalArgumentException for another type
     */
    static void to(DType dtype, float[] x, int at, int count) {
        int whole = dtype == DType.BF16 ? Lanes.floor(count) : 0;
        for (int i = at; i < at + whole; i += W) {
            IntVector bits = FloatVector.fromArray(S, x, i).reinterpretAsInts();
            VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITE);
            bits.add(bits.lanewise(VectorOperators.LSHR, 16).and(1).add(HALF))
                    .blend(bits.or(QUIET), nan)
                    .and(UPPER)
                    .reinterpretAsFloats()
                    .intoArray(x, i);
        }
        for (int i = at + whole; i < at + count; i++) {
            x[i] = Rounding.to(dtype, x[i]);
        }
    }

    /** out = x rounded to bf16; out may be x. */
    static void bf16(long x, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            IntVector bits = IntVector.fromMemorySegment(I, Memory.ALL, x + i * 4L, Lanes.ORDER);
            VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITE);
            bits.add(bits.lanewise(VectorOperators.LSHR, 16).and(1).add(HALF))
                    .blend(bits.or(QUIET), nan)
                    .and(UPPER)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Rounding.bf16(Memory.get(x + i * 4L)));
        }
    }

    /** to BF16 [count] = from F32. */
    static void narrowBf16(long from, int count, long to) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            IntVector bits = IntVector.fromMemorySegment(I, Memory.ALL, from + i * 4L, Lanes.ORDER);
            VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITE);
            bits.add(bits.lanewise(VectorOperators.LSHR, 16).and(1).add(HALF))
                    .blend(bits.or(QUIET), nan)
                    .lanewise(VectorOperators.LSHR, 16)
                    .convertShape(VectorOperators.I2S, HALVES, 0)
                    .reinterpretAsShorts()
                    .intoMemorySegment(Memory.ALL, to + i * 2L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.setShort(to + i * 2L, Rounding.bf16Bits(Memory.get(from + i * 4L)));
        }
    }
}
