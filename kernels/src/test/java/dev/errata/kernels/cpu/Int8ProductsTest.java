package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.check.WeightKind;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of rows in 8 bits with GGML's blocks: by machine code, on the Vector API and by the reference. */
class Int8ProductsTest {
    private static final int[] COUNTS = {1, 2, 3, 5, 6, 7, 12, 13, 99};
    private static final int ROWS = 100;

    static Stream<WeightKind> kinds() {
        return WeightKind.ggml(41, 768).stream();
    }

    private static Weight inEightBits(Weight weight) {
        return ((Weight.Ggml) weight).withEightBitRows();
    }

    /**
     * The Vector API; machine code, if it is here; that of the vectors' unit and AMX's run line by line in plain Java, which has to come
     * to the bits that processors do.
     */
    private static List<MachineKernels> ways() {
        List<MachineKernels> ways = new ArrayList<>();
        ways.add(null);
        MachineKernels.open().ifPresent(ways::add);
        ways.addAll(inPlainJava());
        return ways;
    }

    /** None where vectors, and so panels, are narrower than the code's. */
    private static List<MachineKernels> inPlainJava() {
        if (Tile.COLUMNS != Int8Tile.COLUMNS) {
            return List.of();
        }
        return Stream.of(ProcessorUnit.VPDPBUSD, ProcessorUnit.AMX_INT8)
                .map(unit -> MachineKernels.of(Set.of(unit), PlainLoader::load))
                .toList();
    }

    /** With and without machine code, stored and in panels, on one thread and two, alone and among others: one result. */
    @ParameterizedTest
    @MethodSource("kinds")
    void aRowHasTheSameBitsHoweverItIsComputed(WeightKind kind) {
        byte[] expected = null;
        for (MachineKernels machine : ways()) {
            try (CpuBackend backend = new CpuBackend(machine == null ? 1 : 2, machine);
                    Scope scope = new Scope("test", backend)) {
                Inputs inputs = new Inputs(scope);
                Weight stored = inEightBits(kind.make(inputs));
                Tensor x = inputs.normal(DType.F32, ROWS, kind.in());
                Tensor before = inputs.normal(DType.F32, ROWS, kind.out());
                for (Weight weight : List.of(stored, backend.prepare("weight", stored, scope))) {
                    Tensor out = copy(scope, before);
                    backend.run(new Op.Linear(x, weight, out, true));
                    expected = expected == null ? bytes(out) : expected;
                    assertThat(bytes(out))
                            .as(kind.name() + " " + (machine != null))
                            .isEqualTo(expected);
                    for (int count : COUNTS) {
                        int first = ROWS - count;
                        Tensor part = copy(scope, before).rowRange(first, count);
                        backend.run(new Op.Linear(x.rowRange(first, count), weight, part, true));
                        assertThat(bytes(part)).as("%d rows", count).isEqualTo(bytes(out.rowRange(first, count)));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void isTheReferencesProduct(WeightKind kind) {
        List<double[]> results = new ArrayList<>();
        for (Backend backend : List.of(new ReferenceBackend(), new CpuBackend(2))) {
            try (backend;
                    Scope scope = new Scope("test", backend)) {
                Inputs inputs = new Inputs(scope);
                Weight weight = backend.prepare("weight", inEightBits(kind.make(inputs)), scope);
                Tensor x = inputs.normal(DType.F32, 9, kind.in());
                Tensor out = scope.f32("out", 9, kind.out());
                backend.run(new Op.Linear(x, weight, out, false));
                results.add(values(out));
            }
        }
        double largest = 0;
        for (double each : results.getFirst()) {
            largest = Math.max(largest, Math.abs(each));
        }
        for (int i = 0; i < results.getFirst().length; i++) {
            assertThat(Math.abs(results.getFirst()[i] - results.getLast()[i]))
                    .as(kind.name())
                    .isLessThan(2e-6 * largest);
        }
    }

    /** What 8 bits cost: less than a hundredth of what results are made of. */
    @ParameterizedTest
    @MethodSource("kinds")
    void rowsIn8BitsGiveNearlyWhatRowsOfF32Do(WeightKind kind) {
        try (CpuBackend backend = new CpuBackend(2);
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            Weight stored = ((Weight.Ggml) kind.make(inputs)).widenedTo(DType.F32);
            Tensor x = inputs.normal(DType.F32, 20, kind.in());
            Tensor exact = scope.f32("exact", 20, kind.out());
            Tensor rounded = scope.f32("rounded", 20, kind.out());
            backend.run(new Op.Linear(x, stored, exact, false));
            backend.run(new Op.Linear(x, inEightBits(stored), rounded, false));
            double difference = 0;
            double size = 0;
            double[] a = values(exact);
            double[] b = values(rounded);
            for (int i = 0; i < a.length; i++) {
                difference += (a[i] - b[i]) * (a[i] - b[i]);
                size += a[i] * a[i];
            }
            assertThat(Math.sqrt(difference / size))
                    .as(kind.name())
                    .isLessThan(0.01)
                    .isPositive();
        }
    }

    @Test
    void layersOfOneInputHaveTheSameBitsTogether() {
        try (CpuBackend backend = new CpuBackend(2);
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            List<Weight> weights = new ArrayList<>();
            for (WeightKind kind : WeightKind.ggml(70, 256)) {
                if (kind.in() == 256) {
                    weights.add(backend.prepare("w", inEightBits(kind.make(inputs)), scope));
                }
            }
            for (List<Weight> some : List.of(weights, weights.subList(0, 1), List.of(weights.get(1), weights.get(1)))) {
                for (int rows : new int[] {0, 1, 7, 130}) {
                    Tensor x = inputs.normal(DType.F32, rows, 256);
                    List<Op.Linear> together = some.stream()
                            .map(w -> new Op.Linear(x, w, scope.f32("y", rows, w.out()), false))
                            .toList();
                    backend.runTogether(together);
                    for (Op.Linear layer : together) {
                        Tensor alone = scope.f32("alone", rows, layer.weight().out());
                        backend.run(new Op.Linear(x, layer.weight(), alone, false));
                        assertThat(bytes(layer.out())).isEqualTo(bytes(alone));
                    }
                }
            }
        }
    }

    /** Buffers end, or begin, at pages that nobody may touch; all formats, blocks from 1 to 9, rows and outputs from 1 to 70. */
    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void anyShapeStaysWithinItsBuffers(GgmlType type) {
        if (type.blockSize() == 1) {
            return;
        }
        anyShape(type, 60, new CpuBackend(2));
    }

    private static void anyShape(GgmlType type, int rounds, CpuBackend machine) {
        Random random = new Random(type.id());
        try (CpuBackend backend = machine;
                CpuBackend plain = new CpuBackend(1, null)) {
            for (int round = 0; round < rounds; round++) {
                int m = 1 + random.nextInt(70);
                int n = 1 + random.nextInt(70);
                int k = type.blockSize() * (1 + random.nextInt(type.blockSize() == 32 ? 9 : 3));
                boolean end = random.nextBoolean();
                try (GuardedMemory guarded = new GuardedMemory();
                        Scope scope = new Scope("fuzz", backend)) {
                    byte[] blocks = WeightKind.blocks(type, (long) n * k / type.blockSize());
                    MemorySegment stored = memory(guarded, end, blocks.length);
                    stored.copyFrom(MemorySegment.ofArray(blocks));
                    Weight weight = new Weight.Ggml(
                            type, n, k, scope.over("blocks", DType.U8, stored, blocks.length), DType.F32, true);
                    Weight panels = moved(scope, guarded, end, backend.prepare("w", weight, scope));
                    Tensor x = numbers(scope, guarded, end, m, k, random);
                    Tensor y = numbers(scope, guarded, end, m, n, random);
                    Tensor other = copy(scope, y);
                    boolean adds = random.nextBoolean();
                    backend.run(new Op.Linear(x, panels, y, adds));
                    plain.run(new Op.Linear(x, weight, other, adds));
                    assertThat(bytes(y)).as("%s %d x %d x %d", type, m, n, k).isEqualTo(bytes(other));
                }
            }
        }
    }

    /** The same by AMX's code, run in plain Java. */
    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void anyShapeOfTilesStaysWithinItsBuffers(GgmlType type) {
        if (type.blockSize() == 1) {
            return;
        }
        for (MachineKernels kernels : inPlainJava()) {
            anyShape(type, 6, new CpuBackend(1, kernels));
        }
    }

    @Test
    void numbersThatAreNotFiniteOrTinyAreTold() {
        try (CpuBackend backend = new CpuBackend(2);
                Scope scope = new Scope("test", backend)) {
            byte[] blocks = WeightKind.blocks(GgmlType.Q4_0, 40 * 2);
            Tensor memory = scope.over(
                    "b",
                    DType.U8,
                    Arena.ofAuto().allocate(blocks.length).copyFrom(MemorySegment.ofArray(blocks)),
                    blocks.length);
            Weight weight =
                    backend.prepare("w", new Weight.Ggml(GgmlType.Q4_0, 40, 64, memory, DType.F32, true), scope);
            float[] rows = new float[4 * 64];
            rows[3] = Float.NaN;
            rows[64 + 7] = Float.POSITIVE_INFINITY;
            rows[128 + 9] = 1e-40f;
            rows[192 + 9] = Float.MAX_VALUE;
            Tensor out = scope.f32("out", 4, 40);
            backend.run(new Op.Linear(scope.floats("x", rows, 4, 64), weight, out, false));
            double[] all = values(out);
            for (int o = 0; o < 40; o++) {
                assertThat(all[o]).isNaN();
                assertThat(all[40 + o]).isNaN();
                assertThat(all[80 + o]).isZero();
            }
        }
    }

    /** Ties, signed zeros, tiny and huge numbers, infinity and NaN: vectors and machine code come to what the plain loop does. */
    @ParameterizedTest
    @ValueSource(ints = {16, 32})
    void rowsAreRoundedAsThePlainLoopDoes(int run) {
        Random random = new Random(9);
        try (Arena arena = Arena.ofConfined();
                GuardedMemory guarded = new GuardedMemory()) {
            List<MachineKernels> ways = new ArrayList<>();
            ways.add(null);
            MachineKernels.open().ifPresent(ways::add);
            if (Lanes.COUNT == 16) {
                ways.add(MachineKernels.of(Set.of(ProcessorUnit.AVX512F), PlainLoader::load));
            }
            for (int round = 0; round < 600; round++) {
                int in = 32 * (1 + random.nextInt(4));
                int rows = 1 + random.nextInt(5);
                long stride = EightBitRows.stride(in, run);
                long x = guarded.before((long) rows * in * 4).address();
                for (int i = 0; i < rows * in; i++) {
                    Memory.set(x + i * 4L, any(random, round % 5));
                }
                MemorySegment expected = arena.allocate(rows * stride, 64);
                EightBitRows plain = new EightBitRows(expected.address(), stride, rows, in, run);
                for (int row = 0; row < rows; row++) {
                    for (int block = 0; block < in / 32; block++) {
                        long numbers = plain.numbers(row) + block * (32L / run) * Int8Tile.NUMBERS;
                        plain.plain(
                                x + ((long) row * in + block * 32L) * 4, plain.codes(row) + block * 32L, numbers, 8);
                    }
                }
                for (MachineKernels machine : ways) {
                    MemorySegment made = arena.allocate(rows * stride, 64);
                    EightBitRows written = new EightBitRows(made.address(), stride, rows, in, run);
                    written.write(0, rows, x, 8, machine == null ? null : machine.int8Blocks(run));
                    sameButForNaN(written, plain);
                }
            }
            ways.stream().filter(Objects::nonNull).forEach(MachineKernels::close);
        }
    }

    private static float any(Random random, int kind) {
        return switch (kind) {
            case 0 -> (float) random.nextGaussian();
            case 1 -> (random.nextInt(255) - 127) * 0.5f;
            case 2 -> (float) (random.nextGaussian() * Math.pow(2, random.nextInt(250) - 125));
            case 3 -> Float.intBitsToFloat(random.nextInt() & 0x83FF_FFFF);
            default -> Float.intBitsToFloat(random.nextInt() | (random.nextInt(40) == 0 ? 0x7F80_0000 : 0));
        };
    }

    private static void sameButForNaN(EightBitRows made, EightBitRows expected) {
        for (int row = 0; row < made.rows(); row++) {
            for (long at = 0; at < made.stride(); at += 4) {
                int one = Memory.getInt(made.numbers(row) + at);
                int other = Memory.getInt(expected.numbers(row) + at);
                boolean bothNaN = Float.isNaN(Float.intBitsToFloat(one)) && Float.isNaN(Float.intBitsToFloat(other));
                boolean isScale = at < made.codes(row) - made.numbers(row);
                assertThat(one == other || (isScale && bothNaN))
                        .as("%08x beside %08x, byte %d of row %d", one, other, at, row)
                        .isTrue();
            }
        }
    }

    private static MemorySegment memory(GuardedMemory guarded, boolean end, long bytes) {
        return end ? guarded.before(bytes) : guarded.after(bytes);
    }

    private static Weight moved(Scope scope, GuardedMemory guarded, boolean end, Weight weight) {
        PanelWeight panels = (PanelWeight) weight;
        MemorySegment from = HostMemory.of(panels.memory());
        MemorySegment to = memory(guarded, end, from.byteSize());
        to.copyFrom(from);
        Tensor memory = scope.over("moved", DType.U8, to, from.byteSize());
        return new PanelWeight(panels.out(), panels.in(), panels.form(), memory, panels.eightBitRows());
    }

    private static Tensor numbers(
            Scope scope, GuardedMemory guarded, boolean end, int rows, int columns, Random random) {
        MemorySegment memory = memory(guarded, end, (long) rows * columns * 4);
        for (long i = 0; i < memory.byteSize(); i += 4) {
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) random.nextGaussian());
        }
        return scope.over("guarded", DType.F32, memory, rows, columns);
    }

    private static Tensor copy(Scope scope, Tensor tensor) {
        Tensor copy = scope.allocate("copy", tensor.dtype(), tensor.shape().toArray());
        HostMemory.of(copy).copyFrom(HostMemory.of(tensor));
        return copy;
    }

    private static double[] values(Tensor tensor) {
        MemorySegment memory = HostMemory.of(tensor);
        double[] all = new double[(int) tensor.elements()];
        for (int i = 0; i < all.length; i++) {
            all[i] = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L);
        }
        return all;
    }

    private static byte[] bytes(Tensor tensor) {
        return HostMemory.of(tensor).toArray(ValueLayout.JAVA_BYTE);
    }
}
