package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Philox;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machine code, on this processor and line by line in plain Java, and the Vector API draw and drop the same, between guard pages. */
class DropoutRowsTest {
    private static final MachineKernels MACHINE = MachineKernels.open().orElse(null);
    private static final MachineKernels PLAIN = MachineKernels.of(EnumSet.of(ProcessorUnit.AVX512F), PlainLoader::load);
    private static final MemoryPool POOL = new MemoryPool();
    private static final Scratch SCRATCH = new Scratch(POOL, null);

    @AfterAll
    static void close() {
        if (MACHINE != null) {
            MACHINE.close();
        }
        POOL.close();
    }

    /** What draws and drops. */
    enum Way {
        VECTORS,
        PLAIN_JAVA,
        THIS_PROCESSOR;

        DropoutRows rows() {
            if (this == VECTORS) {
                return new DropoutRows(() -> null);
            }
            MachineKernels kernels = this == PLAIN_JAVA ? PLAIN : MACHINE;
            Assumptions.assumeTrue(kernels != null && kernels.dropoutRows() != null, "no AVX-512 here");
            return new DropoutRows(kernels::dropoutRows);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachBitIsTheGeneratorsChoiceForItsElement(Way way) {
        DropoutRows rows = way.rows();
        Random random = new Random(3);
        for (int count = 0; count < 300; count += 1 + random.nextInt(way == Way.PLAIN_JAVA ? 40 : 6)) {
            long seed = random.nextLong();
            long stream = random.nextLong();
            long first = random.nextBoolean() ? random.nextInt(9) : random.nextLong() >>> (2 + random.nextInt(40));
            float p = random.nextInt(5) == 0 ? 0 : random.nextFloat() * 0.999f;
            try (GuardedMemory guarded = new GuardedMemory()) {
                long kept = guarded.before(DropoutMath.words(count) * 8L).address();
                rows.draw(DropoutMath.Settings.of(seed, stream, p), first, count, kept, SCRATCH);
                for (int i = 0; i < count; i++) {
                    assertThat((Memory.getByte(kept + i / 8) >>> (i % 8) & 1) != 0)
                            .as("element %d of %d from %d on, p = %s", i, count, first, p)
                            .isEqualTo(Philox.uniformOfFour(seed, stream, first + i) >= p);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreMaskedWhateverTheirTypeLengthAndDistance(Way way) {
        DropoutRows rows = way.rows();
        Random random = new Random(4);
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            for (boolean adds : new boolean[] {false, true}) {
                for (int count = 0; count < 150; count += 1 + random.nextInt(way == Way.PLAIN_JAVA ? 30 : 5)) {
                    for (int height = 0; height < 4; height++) {
                        masked(rows, type, adds, height, count, random);
                    }
                }
            }
        }
    }

    private static void masked(DropoutRows rows, DType type, boolean adds, int height, int count, Random random) {
        int between = random.nextInt(3) * 8;
        int words = DropoutMath.words(count);
        float keep = 1 / (1 - random.nextFloat() * 0.9f);
        try (GuardedMemory guarded = new GuardedMemory()) {
            int all = Math.max(0, height * (count + between) - between);
            MemorySegment x = guarded.before((long) all * type.bytes());
            MemorySegment out = guarded.before(all * 4L);
            MemorySegment kept = guarded.before((long) height * words * 8);
            float[] wide = new float[all];
            float[] before = new float[all];
            for (int i = 0; i < all; i++) {
                float value = random.nextInt(9) == 0 ? Float.POSITIVE_INFINITY : (float) random.nextGaussian();
                wide[i] = put(x, type, i, value);
                before[i] = (float) random.nextGaussian();
                out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L, before[i]);
            }
            for (long i = 0; i < kept.byteSize(); i++) {
                kept.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            long stride = (count + between) * (long) type.bytes();
            long apart = (count + between) * 4L;
            rows.apply(
                    type,
                    x.address(),
                    stride,
                    height,
                    count,
                    kept.address(),
                    words,
                    keep,
                    out.address(),
                    apart,
                    adds,
                    SCRATCH);
            for (int i = 0; i < all; i++) {
                int row = i / (count + between);
                int column = i % (count + between);
                float expected = before[i];
                if (column < count) {
                    byte bits = kept.get(ValueLayout.JAVA_BYTE, (long) row * words * 8 + column / 8);
                    float dropped = (bits >>> (column % 8) & 1) != 0 ? wide[i] * keep : 0;
                    expected = adds ? before[i] + dropped : dropped;
                }
                assertThat(out.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L))
                        .as("%s, row %d of %d, column %d of %d", type, row, height, column, count)
                        .isEqualTo(expected);
            }
        }
    }

    /** Gives what the type holds of a value. */
    private static float put(MemorySegment to, DType type, int at, float value) {
        if (type == DType.F32) {
            to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at * 4L, value);
            return value;
        }
        if (type == DType.F16) {
            short half = Float.floatToFloat16(value);
            to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at * 2L, half);
            return Float.float16ToFloat(half);
        }
        int upper = Float.floatToRawIntBits(value) >>> 16;
        to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at * 2L, (short) upper);
        return Float.intBitsToFloat(upper << 16);
    }
}
