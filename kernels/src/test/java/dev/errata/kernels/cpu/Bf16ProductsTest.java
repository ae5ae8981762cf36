package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.check.WeightKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of bf16 with bf16 by machine code, beside the Vector API's. */
class Bf16ProductsTest {
    /** What multiplies, and shapes that it is quick with. */
    enum Unit {
        VDPBF16PS(300, 1, 2, 5, 11, 12, 13, 24, 25, 299),
        AMX_IN_PLAIN_JAVA(40, 1, 2, 3, 15, 17, 32, 39),
        AMX_BF16(300, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 299);

        private final int rows;

        @SuppressWarnings("ImmutableEnumChecker") // which nobody writes to
        private final int[] counts;

        Unit(int rows, int... counts) {
            this.rows = rows;
            this.counts = counts;
        }

        private boolean isPlain() {
            return this == AMX_IN_PLAIN_JAVA;
        }

        private MachineKernels kernels() {
            return isPlain()
                    ? MachineKernels.of(Set.of(ProcessorUnit.AMX_BF16), PlainLoader::load)
                    : MachineKernels.of(Set.of(ProcessorUnit.valueOf(name())), MachineKernels.Loaded::onThisProcessor);
        }

        CpuBackend backend(int threads) {
            return new CpuBackend(threads, kernels());
        }

        private boolean isHere() {
            try {
                return isPlain() || MachineKernels.units().contains(ProcessorUnit.valueOf(name()));
            } catch (MachineCodeUnavailable e) {
                return false;
            }
        }

        List<WeightKind> kinds() {
            List<WeightKind> kinds =
                    new ArrayList<>(WeightKind.denseAndFourBit(isPlain() ? 37 : 75, isPlain() ? 192 : 704, 64));
            kinds.addAll(WeightKind.denseAndFourBit(70, 51, 32));
            if (!isPlain()) {
                kinds.addAll(WeightKind.ggml(41, 768));
            }
            return kinds;
        }
    }

    static Stream<Arguments> kinds() {
        return units().flatMap(unit -> unit.kinds().stream().map(kind -> Arguments.of(unit, kind)));
    }

    static Stream<Unit> units() {
        List<Unit> here = Stream.of(Unit.values()).filter(Unit::isHere).toList();
        return here.stream();
    }

    private static Weight inBf16(CpuBackend backend, Scope scope, Weight weight) {
        return switch (weight) {
            case Weight.FourBit w -> w.widenedTo(DType.BF16);
            case Weight.Ggml w -> w.widenedTo(DType.BF16);
            case Weight.Dense(Tensor tensor) -> {
                Tensor narrow =
                        scope.allocate("narrow", DType.BF16, tensor.shape().toArray());
                backend.run(new Op.Copy(tensor, narrow));
                yield new Weight.Dense(narrow);
            }
            case Weight.Prepared w -> throw new AssertionError(w);
        };
    }

    private static Tensor bf16(CpuBackend backend, Scope scope, Inputs inputs, long... dims) {
        Tensor narrow = scope.allocate("bf16", DType.BF16, dims);
        backend.run(new Op.Copy(inputs.normal(DType.F32, dims), narrow));
        return narrow;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRowHasTheSameBitsAloneAndAmongOthersInEveryForm(Unit unit, WeightKind kind) {
        List<byte[]> expected = null;
        for (int threads = 1; threads <= 2; threads++) {
            for (boolean prepared : new boolean[] {false, true}) {
                try (CpuBackend backend = unit.backend(threads);
                        Scope scope = new Scope("test", backend)) {
                    Inputs inputs = new Inputs(scope);
                    Weight weight = inBf16(backend, scope, kind.make(inputs));
                    weight = prepared ? backend.prepare("weight", weight, scope) : weight;
                    Tensor x = bf16(backend, scope, inputs, unit.rows, weight.in());
                    Tensor dOut = bf16(backend, scope, inputs, unit.rows, weight.out());
                    for (DType type : List.of(DType.F32, DType.BF16)) {
                        Tensor out = scope.allocate("out", type, unit.rows, weight.out());
                        Tensor dX = scope.allocate("dX", type, unit.rows, weight.in());
                        backend.run(new Op.Linear(x, weight, out, false));
                        backend.run(new Op.LinearBackward(dOut, weight, dX, false));
                        for (int count : unit.counts) {
                            int first = unit.rows - count;
                            Tensor part = scope.allocate("part", type, count, weight.out());
                            Tensor back = scope.allocate("back", type, count, weight.in());
                            backend.run(new Op.Linear(x.rowRange(first, count), weight, part, false));
                            backend.run(new Op.LinearBackward(dOut.rowRange(first, count), weight, back, false));
                            assertThat(bytes(part)).as("%d rows", count).isEqualTo(bytes(out.rowRange(first, count)));
                            assertThat(bytes(back)).as("%d back", count).isEqualTo(bytes(dX.rowRange(first, count)));
                        }
                        if (type == DType.F32) {
                            List<byte[]> all = List.of(bytes(out), bytes(dX));
                            expected = expected == null ? all : expected;
                            assertThat(all.get(0)).as(kind.name()).isEqualTo(expected.get(0));
                            assertThat(all.get(1)).as(kind.name()).isEqualTo(expected.get(1));
                        }
                    }
                }
            }
        }
    }

    /** Within what two orders of f32 sums differ by. */
    @ParameterizedTest
    @MethodSource("kinds")
    void sumsAreThoseOfTheVectorApiInAnotherOrder(Unit unit, WeightKind kind) {
        List<double[]> results = new ArrayList<>();
        for (boolean machine : new boolean[] {false, true}) {
            try (CpuBackend backend = machine ? unit.backend(2) : new CpuBackend(2, null);
                    Scope scope = new Scope("test", backend)) {
                Inputs inputs = new Inputs(scope);
                Weight weight = inBf16(backend, scope, kind.make(inputs));
                for (Weight w : List.of(weight, backend.prepare("weight", weight, scope))) {
                    for (int rows : new int[] {1, 7, 40}) {
                        Tensor x = bf16(backend, scope, inputs, rows, weight.in());
                        Tensor out = inputs.normal(DType.F32, rows, weight.out());
                        backend.run(new Op.Linear(x, w, out, true));
                        results.add(values(out));
                    }
                }
            }
        }
        for (int i = 0; i < results.size() / 2; i++) {
            double[] plain = results.get(i);
            double[] fast = results.get(i + results.size() / 2);
            double largest = 0;
            for (double each : plain) {
                largest = Math.max(largest, Math.abs(each));
            }
            for (int j = 0; j < plain.length; j++) {
                assertThat(Math.abs(fast[j] - plain[j])).as(kind.name()).isLessThan(1e-5 * Math.max(1, largest));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("units")
    void layersOfOneInputHaveTheSameBitsTogether(Unit unit) {
        try (CpuBackend backend = unit.backend(2);
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            List<Weight> weights = new ArrayList<>();
            for (int out : new int[] {70, 33, 200}) {
                weights.add(backend.prepare("w", new Weight.Dense(bf16(backend, scope, inputs, out, 64)), scope));
            }
            for (int rows : new int[] {0, 1, 13, 130}) {
                Tensor x = bf16(backend, scope, inputs, rows, 64);
                List<Op.Linear> together = weights.stream()
                        .map(w -> new Op.Linear(x, w, scope.allocate("y", DType.BF16, rows, w.out()), false))
                        .toList();
                backend.runTogether(together);
                for (Op.Linear layer : together) {
                    Tensor alone = scope.allocate(
                            "alone", DType.BF16, rows, layer.weight().out());
                    backend.run(new Op.Linear(x, layer.weight(), alone, false));
                    assertThat(bytes(layer.out())).isEqualTo(bytes(alone));
                }
            }
        }
    }

    /** Buffers end, or begin, at pages that nobody may touch. */
    @ParameterizedTest
    @MethodSource("units")
    void anyShapeStaysWithinItsBuffers(Unit unit) {
        Random random = new Random(3);
        try (CpuBackend backend = unit.backend(2)) {
            for (int round = 0; round < (unit.isPlain() ? 100 : 600); round++) {
                int m = 1 + random.nextInt(70);
                int n = 1 + random.nextInt(70);
                int k = 1 + random.nextInt(70);
                boolean end = random.nextBoolean();
                try (GuardedMemory guarded = new GuardedMemory();
                        Scope scope = new Scope("fuzz", backend)) {
                    Tensor w = numbers(scope, guarded, end, DType.BF16, n, k, random);
                    Weight weight = round % 2 == 0
                            ? moved(backend, guarded, end, backend.prepare("w", new Weight.Dense(w), scope))
                            : new Weight.Dense(w);
                    DType type = round % 3 == 0 ? DType.F32 : DType.BF16;
                    Tensor x = numbers(scope, guarded, end, DType.BF16, m, k, random);
                    Tensor y = numbers(scope, guarded, end, type, m, n, random);
                    Tensor dX = numbers(scope, guarded, end, type, m, k, random);
                    double[] xs = values(x);
                    double[] ws = values(w);
                    double[] before = values(y);
                    backend.run(new Op.Linear(x, weight, y, true));
                    double[] ys = values(y);
                    for (int i = 0; i < m; i++) {
                        for (int j = 0; j < n; j++) {
                            double sum = before[i * n + j];
                            for (int l = 0; l < k; l++) {
                                sum += xs[i * k + l] * ws[j * k + l];
                            }
                            float meant =
                                    type == DType.F32 ? (float) sum : dev.errata.tensor.Rounding.bf16((float) sum);
                            assertThat(ys[i * n + j])
                                    .as("%d x %d x %d", m, n, k)
                                    .isEqualTo(meant);
                        }
                    }
                    Tensor dY = numbers(scope, guarded, end, DType.BF16, m, n, random);
                    backend.run(new Op.LinearBackward(dY, weight, dX, false));
                }
            }
        }
    }

    /** The same by 4-bit codes, whose panels are read by functions of their own: bits are those of the stored weight. */
    @ParameterizedTest
    @MethodSource("units")
    void codesOfFourBitsStayWithinTheirBuffers(Unit unit) {
        Random random = new Random(4);
        try (CpuBackend backend = unit.backend(1)) {
            for (int round = 0; round < 20; round++) {
                int n = 1 + random.nextInt(70);
                int m = 1 + random.nextInt(round % 2 == 0 ? 4 : 40);
                boolean end = random.nextBoolean();
                for (WeightKind kind : WeightKind.denseAndFourBit(n, 64 * (1 + random.nextInt(3)), 64)) {
                    try (GuardedMemory guarded = new GuardedMemory();
                            Scope scope = new Scope("fuzz", backend)) {
                        Weight stored = inBf16(backend, scope, kind.make(new Inputs(scope)));
                        Weight panels = moved(backend, guarded, end, backend.prepare("w", stored, scope));
                        Tensor x = numbers(scope, guarded, end, DType.BF16, m, stored.in(), random);
                        Tensor y = numbers(scope, guarded, end, DType.F32, m, n, random);
                        Tensor other = scope.f32("other", m, n);
                        HostMemory.of(other).copyFrom(HostMemory.of(y));
                        boolean adds = round % 3 == 0;
                        backend.run(new Op.Linear(x, panels, y, adds));
                        backend.run(new Op.Linear(x, stored, other, adds));
                        assertThat(bytes(y)).as("%s, %d rows", kind.name(), m).isEqualTo(bytes(other));
                    }
                }
            }
        }
    }

    @Test
    void aClosedBackendIsAnErrorAndNoCrash() {
        CpuBackend backend = new CpuBackend(1);
        Scope scope = new Scope("test", backend);
        Tensor x = scope.allocate("x", DType.BF16, 1, 64);
        Weight w = new Weight.Dense(scope.allocate("w", DType.BF16, 32, 64));
        Tensor y = scope.allocate("y", DType.F32, 1, 32);
        backend.close();
        assertThatThrownBy(() -> backend.run(new Op.Linear(x, w, y, false))).isInstanceOf(RuntimeException.class);
    }

    /** Small multiples of a quarter, whose sums are exact. */
    private static Tensor numbers(
            Scope scope, GuardedMemory guarded, boolean end, DType type, int rows, int columns, Random random) {
        long bytes = (long) rows * columns * type.bytes();
        MemorySegment memory = end ? guarded.before(bytes) : guarded.after(bytes);
        for (long i = 0; i < (long) rows * columns; i++) {
            float value = (random.nextInt(17) - 8) * 0.25f;
            if (type == DType.F32) {
                memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
            } else {
                memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, (short) (Float.floatToRawIntBits(value) >>> 16));
            }
        }
        return scope.over("guarded", type, memory, rows, columns);
    }

    private static Weight moved(CpuBackend backend, GuardedMemory guarded, boolean end, Weight weight) {
        PanelWeight panels = (PanelWeight) weight;
        MemorySegment from = HostMemory.of(panels.memory());
        MemorySegment to = end ? guarded.before(from.byteSize()) : guarded.after(from.byteSize());
        to.copyFrom(from);
        Scope scope = new Scope("moved", backend);
        Tensor memory = scope.over("moved", DType.U8, to, from.byteSize());
        return new PanelWeight(panels.out(), panels.in(), panels.form(), memory, false);
    }

    private static double[] values(Tensor tensor) {
        MemorySegment memory = HostMemory.of(tensor);
        double[] all = new double[(int) tensor.elements()];
        for (int i = 0; i < all.length; i++) {
            all[i] = tensor.dtype() == DType.F32
                    ? memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L)
                    : Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) << 16);
        }
        return all;
    }

    private static byte[] bytes(Tensor tensor) {
        return HostMemory.of(tensor).toArray(ValueLayout.JAVA_BYTE);
    }
}
