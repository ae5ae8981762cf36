package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Widens parts of a blockwise 4-bit weight to f32, each element {@code code[nibble] * absmax} rounded once, so with the
 * bits of bitsandbytes' own widening; to bf16 or f16 in a second pass over what was written. Blocks may straddle rows. Vectors need 512 bits, a block size that is a power of two and rows that start at a multiple of 16; what is left is scalar.
 */
final class FourBitRows implements WeightRows {
    /** Codes that one vector holds and looks up. */
    private static final int LOOKUPS = 16;

    /** Shifts that bring the nibble of element i of 16 down, four bytes an int, the high nibble first. */
    private static final int[] SHIFTS = {4, 0, 12, 8, 20, 16, 28, 24, 4, 0, 12, 8, 20, 16, 28, 24};

    private final int[] codeBits = new int[16];
    private final float[] code = new float[16];
    private final int in;
    private final int blockSize;
    private final int blockShift;
    private final boolean vectorized;
    private final long packed;
    private final long absmax;
    private final boolean doubleQuantized;
    private final long nestedCode;
    private final long nestedAbsmax;
    private final float offset;
    private final DType dtype;

    FourBitRows(Weight.FourBit w) {
        long elements = (long) w.out() * w.in();
        long blocks = (elements + w.blockSize() - 1) / w.blockSize();
        in = w.in();
        blockSize = w.blockSize();
        blockShift = Integer.numberOfTrailingZeros(blockSize);
        vectorized = Lanes.COUNT == LOOKUPS && blockSize >= LOOKUPS && Integer.bitCount(blockSize) == 1;
        packed = Memory.address(w.packed(), DType.U8, (elements + 1) / 2);
        switch (w.scales()) {
            case Weight.SingleScales(Tensor single) -> {
                doubleQuantized = false;
                absmax = Memory.floats(single, blocks);
                nestedCode = 0;
                nestedAbsmax = 0;
                offset = 0;
            }
            case Weight.DoubleScales nested -> {
                doubleQuantized = true;
                absmax = Memory.address(nested.codes(), DType.U8, blocks);
                nestedCode = Memory.floats(nested.map(), 256);
                nestedAbsmax = Memory.floats(nested.absmax(), (blocks + 255) / 256);
                offset = nested.offset();
            }
        }
        dtype = w.dtype();
        long codes = Memory.floats(w.code(), 16);
        for (int i = 0; i < 16; i++) {
            code[i] = Memory.get(codes + i * 4L);
            codeBits[i] = Float.floatToRawIntBits(code[i]);
        }
    }

    @Override
    public void widen(int row, int rows, int column, int columns, long to, Scratch mine) {
        float[] scales = mine.scales(columns / blockSize + 2);
        for (int r = 0; r < rows; r++) {
            widen((long) (row + r) * in + column, columns, to + (long) r * columns * 4, scales);
        }
        if (dtype != DType.F32) {
            RoundMath.to(dtype, to, rows * columns, to);
        }
    }

    /** Elements {@code start} on of the flat matrix. */
    private void widen(long start, int count, long to, float[] scales) {
        long firstBlock = start / blockSize;
        int skipped = (int) (start - firstBlock * blockSize);
        int blocks = count == 0 ? 0 : (skipped + count - 1) / blockSize + 1;
        for (int i = 0; i < blocks; i++) {
            scales[i] = scale(firstBlock + i);
        }
        int whole = 0;
        if (vectorized && start % LOOKUPS == 0) {
            whole = count / LOOKUPS * LOOKUPS;
            widenVectors(packed + (start >> 1), skipped, whole, scales, to);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(to + i * 4L, code[nibble(start + i)] * scales[(skipped + i) / blockSize]);
        }
    }

    /** F32 [16]. */
    float[] codebook() {
        return code.clone();
    }

    /** Where the codes lie. */
    long codes() {
        return packed;
    }

    /** The scale of a block, each operation rounded. */
    float scale(long block) {
        if (!doubleQuantized) {
            return Memory.get(absmax + block * 4);
        }
        float scaled = Memory.get(nestedCode + Memory.getByte(absmax + block) * 4L)
                * Memory.get(nestedAbsmax + block / 256 * 4);
        return scaled + offset;
    }

    private int nibble(long element) {
        int pair = Memory.getByte(packed + (element >> 1));
        return (element & 1) == 0 ? pair >> 4 : pair & 15;
    }

    /** Looks 16 codes up at once in a table held in one vector; the index is taken modulo 16. */
    private void widenVectors(long from, int skipped, int count, float[] scales, long to) {
        IntVector table = IntVector.fromArray(IntVector.SPECIES_512, codeBits, 0);
        IntVector shifts = IntVector.fromArray(IntVector.SPECIES_512, SHIFTS, 0);
        VectorMask<Integer> upper = VectorMask.fromLong(IntVector.SPECIES_512, 0xFF00);
        for (int i = 0; i < count; i += LOOKUPS) {
            int low = Memory.getInt(from + (i >> 1));
            int high = Memory.getInt(from + (i >> 1) + 4);
            FloatVector values = IntVector.broadcast(IntVector.SPECIES_512, low)
                    .blend(high, upper)
                    .lanewise(VectorOperators.LSHR, shifts)
                    .selectFrom(table)
                    .reinterpretAsFloats();
            values.mul(scales[(skipped + i) >> blockShift]).intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
    }
}
