package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgmlKernelsTest {
    @ParameterizedTest
    @EnumSource(
            names = {"F32", "F16", "BF16"},
            mode = EnumSource.Mode.EXCLUDE)
    void blocksOfRandomBitsAreWidenedExactly(GgmlType type) {
        try (KernelRig rig = new KernelRig();
                Arena arena = Arena.ofConfined()) {
            GgmlKernels kernels = new GgmlKernels(rig.library);
            for (int elements : new int[] {0, 256, 8192 + 512}) {
                int blocks = elements / type.blockSize();
                byte[] source = rig.bytes((long) blocks * type.blockBytes());
                MemorySegment host = arena.allocate(Math.max(1, source.length));
                MemorySegment.copy(source, 0, host, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, source.length);
                float[] expected = new float[elements];
                GgmlBlocks.decode(type, host, 0, blocks, expected, 0);
                long in = rig.device(source);
                for (DType to : new DType[] {DType.F32, DType.BF16}) {
                    long out = rig.room((long) elements * to.bytes());
                    kernels.widen(type.name(), to, in, out, elements, STREAM);
                    KernelRig.assertClose(
                            type + " to " + to, KernelRig.rounded(expected, to), rig.floats(to, out, elements), 0);
                }
            }
        }
    }

    @Test
    void everyTypeThatFilesHaveIsWidenedOrCast() {
        Set<GgmlType> casts = Set.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);
        for (GgmlType type : GgmlType.values()) {
            Assertions.assertTrue(casts.contains(type) || GgmlKernels.has(type.name()), type.name());
        }
    }
}
