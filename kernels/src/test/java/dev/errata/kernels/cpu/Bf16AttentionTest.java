package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attention of bf16 by machine code beside the Vector API's, in random shapes; buffers end, or begin, at pages that nobody may touch. */
class Bf16AttentionTest {
    /** Of the largest element: a bf16 neighbour, and some probabilities that fell on the other side of an edge. */
    private static final double TOLERANCE = 0x1p-7;

    /** What is left of sums of elements around 1 that cancel each other, as gradients of a query that sees one key. */
    private static final double ROUNDING = 1e-5;

    /** Elements of a head that fill tiles. */
    private static final int TILE = 32;

    @BeforeEach
    void hasTheUnit() {
        assumeTrue(isThere(), "this processor has no vdpbf16ps");
    }

    private static boolean isThere() {
        try {
            return MachineKernels.units().contains(ProcessorUnit.VDPBF16PS);
        } catch (MachineCodeUnavailable e) {
            return false;
        }
    }

    private static void compare(GuardedAttention attention, long seed) throws MachineCodeUnavailable {
        compare(attention, seed, new CpuBackend(2));
    }

    private static void compare(GuardedAttention attention, long seed, CpuBackend backend)
            throws MachineCodeUnavailable {
        List<double[]> plain = attention.run(new CpuBackend(2, null), seed);
        List<double[]> fast = attention.run(backend, seed);
        for (int i = 0; i < plain.size(); i++) {
            double largest = 0;
            for (double each : plain.get(i)) {
                largest = Math.max(largest, Math.abs(each));
            }
            for (int j = 0; j < plain.get(i).length; j++) {
                assertThat(fast.get(i)[j])
                        .as("%s, result %d, element %d", attention.name(), i, j)
                        .isCloseTo(plain.get(i)[j], Offset.offset(TOLERANCE * largest + ROUNDING));
            }
        }
    }

    @Test
    void sequencesInRowsAndTheirGradientsAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Random shapes = new Random(11);
        for (int round = 0; round < 60; round++) {
            DType results = shapes.nextBoolean() ? DType.BF16 : DType.F32;
            compare(GuardedAttention.inRows(shapes, 2, DType.BF16, results), round);
        }
    }

    @Test
    void sequencesInACacheAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Random shapes = new Random(12);
        for (int round = 0; round < 60; round++) {
            compare(GuardedAttention.inCache(shapes, 2, DType.BF16, DType.BF16), round);
        }
    }

    /** What AMX multiplies, where there is AMX. */
    @Test
    void headsOfWholeTilesAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Random shapes = new Random(13);
        for (int round = 0; round < 30; round++) {
            DType results = shapes.nextBoolean() ? DType.BF16 : DType.F32;
            compare(GuardedAttention.inRows(shapes, TILE, DType.BF16, results), round);
            compare(GuardedAttention.inCache(shapes, TILE, DType.BF16, DType.BF16), round);
        }
    }

    /** The same by AMX line by line in plain Java, on any processor. */
    @Test
    void headsOfWholeTilesInPlainJavaAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Set<ProcessorUnit> units = Set.of(ProcessorUnit.AMX_BF16, ProcessorUnit.VDPBF16PS);
        Random shapes = new Random(14);
        for (int round = 0; round < 3; round++) {
            GuardedAttention rows = GuardedAttention.inRows(shapes, TILE, DType.BF16, DType.BF16);
            compare(rows, round, new CpuBackend(2, MachineKernels.of(units, PlainLoader::load)));
            GuardedAttention cache = GuardedAttention.inCache(shapes, TILE, DType.BF16, DType.BF16);
            compare(cache, round, new CpuBackend(2, MachineKernels.of(units, PlainLoader::load)));
        }
    }

    @Test
    void aClosedBackendIsAnErrorAndNoCrash() {
        CpuBackend backend = new CpuBackend(1);
        Scope scope = new Scope("test", backend);
        Tensor x = scope.allocate("x", DType.BF16, 1, 64);
        Segments segments = Segments.packed(scope, 1);
        Op.Attention op = new Op.Attention(x, x, x, segments, 64, 1, 0, x, scope.f32("lse", 1, 1));
        backend.close();
        assertThatThrownBy(() -> backend.run(op)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> backend.run(new Op.AttentionBackward(op, x, x, x, x)))
                .isInstanceOf(RuntimeException.class);
    }
}
