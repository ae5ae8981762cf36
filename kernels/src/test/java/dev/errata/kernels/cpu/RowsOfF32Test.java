package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.MemoryPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machine code, on this processor and line by line in plain Java, has the bits of the Vector API, between guard pages. */
class RowsOfF32Test {
    private static final MachineKernels MACHINE = MachineKernels.open().orElse(null);
    private static final MachineKernels PLAIN = MachineKernels.of(EnumSet.of(ProcessorUnit.AVX512F), PlainLoader::load);
    private static final MemoryPool POOL = new MemoryPool();
    private static final RowsOfF32 VECTORS = new RowsOfF32(null, new Room("sums", POOL));
    private static final float[] UNUSUAL = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    @AfterAll
    static void close() {
        if (MACHINE != null) {
            MACHINE.close();
        }
        POOL.close();
    }

    /** What runs the functions. */
    enum Way {
        PLAIN_JAVA,
        THIS_PROCESSOR;

        RowsOfF32 rows() {
            MachineKernels kernels = this == PLAIN_JAVA ? PLAIN : MACHINE;
            Assumptions.assumeTrue(kernels != null && kernels.f32Rows() != null, "no AVX-512 here");
            Assumptions.assumeTrue(Lanes.COUNT == 16, "vectors of fewer bits here");
            return new RowsOfF32(kernels.f32Rows(), new Room("sums", POOL));
        }
    }

    /** Rows of any length that end where memory ends, with numbers that aren't ordinary among them. */
    @ParameterizedTest
    @EnumSource
    void whatIsDoneToEachElementHasTheBitsOfTheVectorApi(Way way) {
        RowsOfF32 rows = way.rows();
        Random random = new Random(7);
        for (int count = 0; count < 150; count++) {
            float factor = (float) random.nextGaussian();
            try (GuardedMemory guarded = new GuardedMemory()) {
                MemorySegment a = numbers(guarded, count, random);
                MemorySegment b = numbers(guarded, count, random);
                MemorySegment expected = guarded.before(count * 4L);
                MemorySegment out = guarded.before(count * 4L);
                VECTORS.add(a.address(), b.address(), count, expected.address());
                rows.add(a.address(), b.address(), count, out.address());
                requireSame(out, expected, "sums of %d", count);
                VECTORS.scaled(a.address(), factor, count, expected.address());
                rows.scaled(a.address(), factor, count, out.address());
                requireSame(out, expected, "%d times a factor", count);
                VECTORS.scaleByWeight(a.address(), factor, b.address(), count, expected.address());
                rows.scaleByWeight(a.address(), factor, b.address(), count, out.address());
                requireSame(out, expected, "%d times a factor and a weight", count);
                assertThat(rows.max(a.address(), count))
                        .as("the largest of %d", count)
                        .isEqualTo(VECTORS.max(a.address(), count));
                // In place, as a step of a model does.
                rows.scaleByWeight(a.address(), factor, b.address(), count, a.address());
                requireSame(a, expected, "%d times a factor and a weight in their place", count);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void dotProductsHaveTheBitsOfTheVectorApi(Way way) {
        RowsOfF32 rows = way.rows();
        Random random = new Random(8);
        for (int count = 0; count < 150; count++) {
            try (GuardedMemory guarded = new GuardedMemory()) {
                MemorySegment a = ordinary(guarded, count, random);
                MemorySegment b = ordinary(guarded, count, random);
                assertThat(rows.dot(a.address(), b.address(), count))
                        .as("of %d", count)
                        .isEqualTo(VECTORS.dot(a.address(), b.address(), count));
            }
        }
    }

    /** Halves of whole vectors and of others, heads that are turned in part. */
    @ParameterizedTest
    @EnumSource
    void turnedHeadsHaveTheBitsOfTheVectorApi(Way way) {
        RowsOfF32 rows = way.rows();
        Random random = new Random(9);
        for (int[] shape :
                new int[][] {{1, 32, 16}, {3, 64, 32}, {9, 64, 32}, {2, 96, 16}, {5, 128, 64}, {3, 20, 10}}) {
            int heads = shape[0];
            int headDim = shape[1];
            int half = shape[2];
            for (float sign : new float[] {1, -1}) {
                try (GuardedMemory guarded = new GuardedMemory()) {
                    MemorySegment x = ordinary(guarded, heads * headDim, random);
                    MemorySegment same = guarded.before(x.byteSize());
                    same.copyFrom(x);
                    long cos = ordinary(guarded, half, random).address();
                    long sin = ordinary(guarded, half, random).address();
                    VECTORS.rotate(same.address(), heads, headDim, cos, sin, sign, half);
                    rows.rotate(x.address(), heads, headDim, cos, sin, sign, half);
                    requireSame(x, same, "%d heads", heads);
                }
            }
        }
    }

    private static MemorySegment numbers(GuardedMemory guarded, int count, Random random) {
        MemorySegment numbers = ordinary(guarded, count, random);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(5) == 0) {
                numbers.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L, UNUSUAL[random.nextInt(UNUSUAL.length)]);
            }
        }
        return numbers;
    }

    private static MemorySegment ordinary(GuardedMemory guarded, int count, Random random) {
        MemorySegment numbers = guarded.before(count * 4L);
        for (int i = 0; i < count; i++) {
            numbers.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L, (float) random.nextGaussian());
        }
        return numbers;
    }

    /** The same bits, or both NaN. */
    private static void requireSame(MemorySegment one, MemorySegment other, String what, int count) {
        for (long at = 0; at < one.byteSize(); at += 4) {
            float a = one.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
            float b = other.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
            if (Float.floatToIntBits(a) != Float.floatToIntBits(b)) {
                assertThat(a).as(what + ", at byte %d", count, at).isEqualTo(b);
            }
        }
    }
}
