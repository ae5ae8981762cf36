package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PanelPreparationTest {
    /** Whole panels and ragged ones, runs of 16 inputs and what is left, more than one call's worth of them. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16"})
    void panelsAreTheSameBytesWithMachineCodeAndWithout(DType dtype) {
        for (int[] shape :
                new int[][] {{1, 1}, {32, 16}, {31, 64}, {33, 15}, {64, 17}, {70, 129}, {32, 1100}, {65, 2053}}) {
            byte[] plain = panels(new CpuBackend(2, null), dtype, shape[0], shape[1]);
            byte[] fast = panels(new CpuBackend(2), dtype, shape[0], shape[1]);
            assertThat(fast).as("%s [%d, %d]", dtype, shape[0], shape[1]).isEqualTo(plain);
        }
    }

    private static byte[] panels(CpuBackend backend, DType dtype, int out, int in) {
        try (backend;
                Scope scope = new Scope("test", backend)) {
            Tensor tensor = scope.allocate("weight", dtype, out, in);
            byte[] bytes = new byte[(int) tensor.bytes()];
            new Random(out * 31L + in).nextBytes(bytes);
            MemorySegment.copy(bytes, 0, HostMemory.of(tensor), ValueLayout.JAVA_BYTE, 0, bytes.length);
            PanelWeight weight = (PanelWeight) backend.prepare("weight", new Weight.Dense(tensor), scope);
            long panelBytes = (long) Tile.columnPanels(out) * Tile.COLUMNS * in * dtype.bytes();
            byte[] panels = new byte[(int) panelBytes];
            for (int i = 0; i < panels.length; i++) {
                panels[i] = (byte) Memory.getByte(weight.base() + i);
            }
            return panels;
        }
    }
}
