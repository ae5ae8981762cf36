package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * A small product by each of AMX's units, beside the Vector API's, before one is used: their code was run line by line in plain Java,
 * but has met few processors. A unit whose product differs is left out, and the next one taken.
 */
final class TileCheck {
    private static final int ROWS = 39;
    private static final int IN = 64;
    private static final int OUT = 40;

    /** Found once: which units are used mustn't change while the process lives. */
    private static Set<ProcessorUnit> wrong;

    private TileCheck() {}

    /** Those of the units that don't compute what they should here. */
    static synchronized Set<ProcessorUnit> wrongUnits(Set<ProcessorUnit> there) {
        if (wrong == null) {
            Set<ProcessorUnit> found = EnumSet.noneOf(ProcessorUnit.class);
            for (ProcessorUnit unit : EnumSet.of(ProcessorUnit.AMX_BF16, ProcessorUnit.AMX_INT8)) {
                if (there.contains(unit) && !isRight(unit, MachineKernels.Loaded::onThisProcessor)) {
                    found.add(unit);
                }
            }
            wrong = found;
        }
        return wrong;
    }

    /** Whether a product has the Vector API's bits: of numbers whose sums are exact in every order, or in 8 bits, whose order is one. */
    static boolean isRight(ProcessorUnit unit, MachineKernels.Loader loader) {
        boolean bf16 = unit == ProcessorUnit.AMX_BF16;
        byte[] tiles;
        byte[] vectors;
        try (CpuBackend backend = new CpuBackend(1, MachineKernels.of(EnumSet.of(unit), loader))) {
            tiles = product(backend, bf16);
        }
        try (CpuBackend backend = new CpuBackend(1, null)) {
            vectors = product(backend, bf16);
        }
        return Arrays.equals(tiles, vectors);
    }

    private static byte[] product(CpuBackend backend, boolean bf16) {
        try (Scope scope = new Scope("check", backend)) {
            DType type = bf16 ? DType.BF16 : DType.F32;
            Tensor x = numbers(scope, type, ROWS, IN);
            Weight weight = bf16 ? new Weight.Dense(numbers(scope, type, OUT, IN)) : codes(scope);
            Tensor out = numbers(scope, DType.F32, ROWS, OUT);
            backend.run(new Op.Linear(x, backend.prepare("weight", weight, scope), out, true));
            return HostMemory.of(out).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Small multiples of a quarter. */
    private static Tensor numbers(Scope scope, DType type, int rows, int columns) {
        Tensor tensor = scope.allocate("numbers", type, rows, columns);
        MemorySegment memory = HostMemory.of(tensor);
        for (int i = 0; i < rows * columns; i++) {
            int bits = Float.floatToRawIntBits((i * 7 % 17 - 8) * 0.25f);
            if (type == DType.F32) {
                memory.setAtIndex(ValueLayout.JAVA_INT, i, bits);
            } else {
                memory.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
            }
        }
        return tensor;
    }

    /** Blocks of Q4_0: an F16 scale and 16 bytes of codes each. */
    private static Weight codes(Scope scope) {
        GgmlType type = GgmlType.Q4_0;
        int bytes = OUT * IN / type.blockSize() * type.blockBytes();
        Tensor blocks = scope.allocate("blocks", DType.U8, bytes);
        MemorySegment memory = HostMemory.of(blocks);
        for (int i = 0; i < bytes; i++) {
            boolean isScale = i % type.blockBytes() < 2;
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (isScale ? 0x20 + i % 16 : i * 37));
        }
        return new Weight.Ggml(type, OUT, IN, blocks, DType.F32, true);
    }
}
