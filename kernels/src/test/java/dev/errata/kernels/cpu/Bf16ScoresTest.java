package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machine code, on this processor and line by line in plain Java, has the bits of one step after another by the Vector API. */
class Bf16ScoresTest {
    private static final MemoryPool POOL = new MemoryPool();
    private static final Scratch VECTORS = new Scratch(POOL, null);
    private static final int W = 16;

    @AfterAll
    static void close() {
        POOL.close();
    }

    /** What runs the functions. */
    enum Way {
        PLAIN_JAVA,
        THIS_PROCESSOR;

        MachineKernels kernels() {
            Assumptions.assumeTrue(Lanes.COUNT == W, "vectors of fewer bits here");
            Assumptions.assumeTrue(this == PLAIN_JAVA || isHere(), "no unit for bf16 here");
            return MachineKernels.of(
                    Set.of(ProcessorUnit.VDPBF16PS),
                    this == PLAIN_JAVA ? PlainLoader::load : MachineKernels.Loaded::onThisProcessor);
        }

        private static boolean isHere() {
            try {
                return MachineKernels.units().contains(ProcessorUnit.VDPBF16PS);
            } catch (MachineCodeUnavailable e) {
                return false;
            }
        }
    }

    /** Rows that end where memory ends, with scores far apart, infinite ones and NaN. */
    @ParameterizedTest
    @EnumSource
    void probabilitiesAndTheLogarithmOfTheirSum(Way way) {
        Random random = new Random(6);
        try (MachineKernels kernels = way.kernels()) {
            Bf16Scores machine = new Bf16Scores(kernels::bf16Scores, new Room("sums", POOL));
            assertThat(machine.takes(true, 0)).isTrue();
            for (int round = 0; round < 400; round++) {
                int count = 1 + random.nextInt(90);
                try (GuardedMemory guarded = new GuardedMemory()) {
                    MemorySegment row = scores(guarded, count, round, random);
                    MemorySegment twin = copy(guarded, row);
                    float scale = random.nextFloat();
                    Float expected = probabilities(twin.address(), count, scale);
                    Float lse = machine.probabilities(row.address(), count, scale, row.address());
                    assertThat(lse).as("of %d", count).isEqualTo(expected);
                    requireRounded(row, twin, count, "probability");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void gradientsOfScores(Way way) {
        Random random = new Random(7);
        try (MachineKernels kernels = way.kernels()) {
            Bf16Scores machine = new Bf16Scores(kernels::bf16Scores, new Room("sums", POOL));
            assertThat(machine.takes(true, 0)).isTrue();
            for (int round = 0; round < 300; round++) {
                int count = 1 + random.nextInt(90);
                try (GuardedMemory guarded = new GuardedMemory()) {
                    MemorySegment row = scores(guarded, count, round, random);
                    MemorySegment dRow = scores(guarded, count, round / 2, random);
                    MemorySegment twin = copy(guarded, row);
                    MemorySegment dTwin = copy(guarded, dRow);
                    float scale = random.nextFloat();
                    float lse = (float) random.nextGaussian();
                    float delta = (float) random.nextGaussian();
                    int whole = Lanes.ceil(count);
                    VECTORS.rowsOfBf16.scale(twin.address(), scale, whole);
                    VECTORS.exponentials.apply(twin.address(), 1, -lse, whole, twin.address());
                    RowMath.softmaxGradient(twin.address(), delta, scale, whole, dTwin.address());
                    machine.gradient(
                            row.address(), dRow.address(), count, scale, lse, delta, row.address(), dRow.address());
                    requireRounded(row, twin, count, "probability");
                    requireRounded(dRow, dTwin, count, "gradient");
                }
            }
        }
    }

    private static float probabilities(long row, int count, float scale) {
        int whole = Lanes.ceil(count);
        VECTORS.rowsOfBf16.scale(row, scale, whole);
        RowMath.fill(row + count * 4L, whole - count, Float.NEGATIVE_INFINITY);
        float max = RowMath.max(row, whole, VECTORS.lanes);
        VECTORS.exponentials.apply(row, 1, -max, whole, row);
        double sum = RowMath.sum(row, whole, VECTORS.lanes);
        RowMath.scaled(row, (float) (1 / sum), whole, row);
        return (float) (max + StrictMath.log(sum));
    }

    private static MemorySegment scores(GuardedMemory guarded, int count, int round, Random random) {
        MemorySegment row = guarded.before(Lanes.ceil(count) * 4L);
        for (long at = 0; at < row.byteSize(); at += 4) {
            float score = (float) random.nextGaussian() * (round % 5 == 0 ? 90 : 3);
            if (round % 7 == 0 && random.nextInt(12) == 0) {
                score = random.nextBoolean() ? Float.NEGATIVE_INFINITY : Float.MIN_VALUE;
            } else if (round % 11 == 0 && random.nextInt(40) == 0) {
                score = random.nextBoolean() ? Float.POSITIVE_INFINITY : Float.NaN;
            }
            row.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, score);
        }
        return row;
    }

    private static MemorySegment copy(GuardedMemory guarded, MemorySegment row) {
        MemorySegment copy = guarded.before(row.byteSize());
        copy.copyFrom(row);
        return copy;
    }

    private static void requireRounded(MemorySegment row, MemorySegment twin, int count, String what) {
        for (int i = 0; i < count; i++) {
            Float expected = Rounding.bf16(twin.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L));
            int bits = row.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) << 16;
            assertThat(Float.intBitsToFloat(bits))
                    .as("%s %d of %d", what, i, count)
                    .isEqualTo(expected);
        }
    }
}
