package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attention in f32 by machine code has the Vector API's bits, in random shapes; buffers end, or begin, at pages that nobody may touch. */
class F32AttentionTest {
    @BeforeEach
    void hasTheUnit() {
        assumeTrue(isThere(), "this processor has no AVX-512");
    }

    private static boolean isThere() {
        try {
            return MachineKernels.units().contains(ProcessorUnit.AVX512F);
        } catch (MachineCodeUnavailable e) {
            return false;
        }
    }

    private static void compare(GuardedAttention attention, long seed) throws MachineCodeUnavailable {
        List<double[]> plain = attention.run(new CpuBackend(2, null), seed);
        // How many heads a task takes depends on the threads.
        List<double[]> fast = attention.run(new CpuBackend(1 + (int) (seed % 3)), seed);
        for (int i = 0; i < plain.size(); i++) {
            assertThat(fast.get(i)).as("%s, result %d", attention.name(), i).isEqualTo(plain.get(i));
        }
    }

    @Test
    void sequencesInRowsAndTheirGradientsHaveTheVectorApisBits() throws MachineCodeUnavailable {
        Random shapes = new Random(21);
        for (int round = 0; round < 60; round++) {
            DType results = shapes.nextInt(4) == 0 ? DType.BF16 : DType.F32;
            compare(GuardedAttention.inRows(shapes, 1, DType.F32, results), round);
        }
    }

    @Test
    void sequencesInACacheHaveTheVectorApisBits() throws MachineCodeUnavailable {
        Random shapes = new Random(22);
        for (int round = 0; round < 60; round++) {
            DType cached = shapes.nextInt(4) == 0 ? DType.BF16 : DType.F32;
            compare(GuardedAttention.inCache(shapes, 1, DType.F32, cached), round);
        }
    }
}
