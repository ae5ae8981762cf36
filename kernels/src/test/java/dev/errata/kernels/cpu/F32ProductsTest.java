package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.check.WeightKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of f32 by machine code have the Vector API's bits, and touch nothing but their operands. */
class F32ProductsTest {
    private static final float[] FACTORS = {1, 1, 0.5f, 1.7f};

    @BeforeEach
    void needsTheUnit() {
        try {
            assumeTrue(MachineKernels.units().contains(ProcessorUnit.AVX512F), "no AVX-512");
        } catch (MachineCodeUnavailable e) {
            assumeTrue(false, e.getMessage());
        }
    }

    private static CpuBackend machine(int threads) {
        return new CpuBackend(
                threads, MachineKernels.of(Set.of(ProcessorUnit.AVX512F), MachineKernels.Loaded::onThisProcessor));
    }

    static Stream<WeightKind> kinds() {
        List<WeightKind> kinds = new ArrayList<>(WeightKind.denseAndFourBit(75, 704, 64));
        kinds.addAll(WeightKind.denseAndFourBit(70, 51, 32));
        kinds.addAll(WeightKind.denseAndFourBit(2200, 64, 64));
        kinds.addAll(WeightKind.ggml(41, 768));
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void layersHaveTheVectorApisBits(WeightKind kind) {
        List<byte[]> expected = null;
        for (int threads = 0; threads <= 2; threads++) {
            try (CpuBackend backend = threads == 0 ? new CpuBackend(2, null) : machine(threads);
                    Scope scope = new Scope("test", backend)) {
                Inputs inputs = new Inputs(scope);
                Weight stored = kind.make(inputs);
                List<byte[]> results = new ArrayList<>();
                for (Weight weight : List.of(stored, backend.prepare("weight", stored, scope))) {
                    for (int rows : new int[] {1, 8, 9, 12, 25, 130, 301}) {
                        Tensor x = inputs.normal(DType.F32, rows, weight.in());
                        Tensor dOut = inputs.normal(DType.F32, rows, weight.out());
                        for (boolean adds : new boolean[] {false, true}) {
                            Tensor out = inputs.normal(DType.F32, rows, weight.out());
                            Tensor dX = inputs.normal(DType.F32, rows, weight.in());
                            backend.run(new Op.Linear(x, weight, out, adds));
                            backend.run(new Op.LinearBackward(dOut, weight, dX, adds));
                            results.add(bytes(out));
                            results.add(bytes(dX));
                        }
                    }
                }
                expected = expected == null ? results : expected;
                for (int i = 0; i < results.size(); i++) {
                    assertThat(results.get(i))
                            .as("%s, result %d", kind.name(), i)
                            .isEqualTo(expected.get(i));
                }
            }
        }
    }

    /** On a processor with AVX-512 that has no further units. */
    @Test
    void everyOperatorHasTheVectorApisBits() {
        try (CpuBackend vectors = new CpuBackend(2, null);
                CpuBackend machine = machine(2)) {
            for (OperatorCase operator : OperatorCases.all()) {
                List<OperatorCase.Output> expected = operator.run(vectors);
                List<OperatorCase.Output> actual = operator.run(machine);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(actual.get(i).values())
                            .as("%s, output %d", operator.name(), i)
                            .isEqualTo(expected.get(i).values());
                }
            }
        }
    }

    @Test
    void layersOfOneInputHaveTheVectorApisBitsTogether() {
        List<byte[]> expected = together(new CpuBackend(2, null));
        assertThat(together(machine(2))).usingRecursiveComparison().isEqualTo(expected);
    }

    private static List<byte[]> together(CpuBackend backend) {
        List<byte[]> results = new ArrayList<>();
        try (backend;
                Scope scope = new Scope("test", backend)) {
            Inputs inputs = new Inputs(scope);
            List<Weight> weights = new ArrayList<>();
            for (int out : new int[] {70, 33, 600}) {
                weights.add(backend.prepare("w", new Weight.Dense(inputs.normal(DType.F32, out, 64)), scope));
            }
            for (int rows : new int[] {0, 1, 13, 130}) {
                Tensor x = inputs.normal(DType.F32, rows, 64);
                List<Op.Linear> layers = weights.stream()
                        .map(w -> new Op.Linear(x, w, scope.f32("y", rows, w.out()), false))
                        .toList();
                backend.runTogether(layers);
                layers.forEach(layer -> results.add(bytes(layer.out())));
            }
        }
        return results;
    }

    /** Buffers end, or begin, at pages that nobody may touch; small and large right sides, all types, turned and not. */
    @Test
    void productsOfAnyShapeHaveTheVectorApisBitsAndStayWithinTheirBuffers() {
        Random random = new Random(5);
        for (int round = 0; round < 300; round++) {
            int m = random.nextInt(random.nextBoolean() ? 20 : 320);
            int n = random.nextInt(random.nextBoolean() ? 140 : 300);
            int k = random.nextInt(random.nextInt(20) == 0 ? 4200 : 140);
            DType typeA = type(random);
            DType typeC = type(random);
            DType typeB = type(random);
            boolean turnA = random.nextBoolean();
            boolean turnB = random.nextBoolean();
            float factor = FACTORS[random.nextInt(FACTORS.length)];
            boolean adds = random.nextBoolean();
            long seed = random.nextLong();
            String what = "%d x %d x %d, %s by %s into %s, turned %b %b, times %s, adds %b"
                    .formatted(m, n, k, typeA, typeB, typeC, turnA, turnB, factor, adds);
            bothWays(what, seed, random.nextBoolean(), operands -> {
                Tensor a = operands.normal(typeA, turnA ? k : m, turnA ? m : k);
                Tensor b = operands.normal(typeB, turnB ? n : k, turnB ? k : n);
                Tensor c = operands.normal(typeC, m, n);
                operands.backend.run(new Op.MatMul(a, b, c, turnA, turnB, factor, adds));
                operands.results.add(bytes(c));
            });
        }
    }

    @Test
    void layersOfAnyShapeHaveTheVectorApisBitsAndStayWithinTheirBuffers() {
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            int m = 1 + random.nextInt(300);
            int in = 1 + random.nextInt(150);
            int out = 1 + random.nextInt(random.nextBoolean() ? 140 : 300);
            DType typeX = type(random);
            DType typeY = type(random);
            boolean adds = random.nextBoolean();
            String what = "%d rows of %s, %d to %d of %s, adds %b".formatted(m, typeX, in, out, typeY, adds);
            bothWays(what, random.nextLong(), random.nextBoolean(), operands -> {
                Tensor x = operands.normal(typeX, m, in);
                Weight weight = new Weight.Dense(operands.normal(DType.F32, out, in));
                Tensor y = operands.normal(typeY, m, out);
                operands.backend.run(new Op.Linear(x, weight, y, adds));
                operands.backend.run(new Op.LinearBackward(y, weight, x, adds));
                operands.results.addAll(List.of(bytes(y), bytes(x)));
            });
        }
    }

    @Test
    void productsOfDroppedRowsHaveTheVectorApisBitsAndStayWithinTheirBuffers() {
        Random random = new Random(6);
        for (int round = 0; round < 100; round++) {
            int m = 1 + random.nextInt(300);
            int in = 1 + random.nextInt(random.nextInt(10) == 0 ? 2300 : 150);
            int rank = 1 + random.nextInt(70);
            DType type = type(random);
            boolean adds = random.nextBoolean();
            String what = "%d rows of %s, %d to %d, adds %b".formatted(m, type, in, rank, adds);
            bothWays(what, random.nextLong(), random.nextBoolean(), operands -> {
                Tensor x = operands.normal(type, m, in);
                Tensor weight = operands.normal(DType.F32, rank, in);
                Tensor out = operands.normal(DType.F32, m, rank);
                Tensor dX = operands.normal(type, m, in);
                Tensor dWeight = operands.normal(DType.F32, rank, in);
                Op.DropoutLinear forward = new Op.DropoutLinear(x, weight, 0.3f, 7, 11, out);
                operands.backend.run(forward);
                operands.backend.run(new Op.DropoutLinearBackward(forward, out, dX, adds, dWeight));
                operands.results.addAll(List.of(bytes(out), bytes(dX), bytes(dWeight)));
            });
        }
    }

    @Test
    void aClosedBackendIsAnErrorAndNoCrash() {
        for (int rows : new int[] {20, 200}) {
            CpuBackend backend = machine(1);
            Scope scope = new Scope("test", backend);
            Tensor x = scope.f32("x", rows, 64);
            Tensor b = scope.f32("b", 32, 64);
            Tensor y = scope.f32("y", rows, 32);
            backend.close();
            assertThatThrownBy(() -> backend.run(new Op.Linear(x, new Weight.Dense(b), y, false)))
                    .isInstanceOf(RuntimeException.class);
            assertThatThrownBy(() -> backend.run(new Op.MatMul(x, b, y, false, true, 1, false)))
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static DType type(Random random) {
        return random.nextInt(3) == 0 ? DType.BF16 : DType.F32;
    }

    private static void bothWays(String what, long seed, boolean end, Consumer<Operands> run) {
        List<byte[]> expected = null;
        for (CpuBackend backend : List.of(new CpuBackend(1, null), machine(2))) {
            try (backend;
                    GuardedMemory guarded = new GuardedMemory();
                    Scope scope = new Scope("fuzz", backend)) {
                Operands operands = new Operands(backend, scope, guarded, end, new Random(seed), new ArrayList<>());
                run.accept(operands);
                expected = expected == null ? operands.results : expected;
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(operands.results.get(i))
                            .as("%s, result %d", what, i)
                            .isEqualTo(expected.get(i));
                }
            }
        }
    }

    private record Operands(
            CpuBackend backend, Scope scope, GuardedMemory guarded, boolean end, Random random, List<byte[]> results) {
        Tensor normal(DType type, int rows, int columns) {
            long count = (long) rows * columns;
            long bytes = count * type.bytes();
            MemorySegment memory = end ? guarded.before(bytes) : guarded.after(bytes);
            for (long i = 0; i < count; i++) {
                float value = (float) random.nextGaussian();
                if (type == DType.F32) {
                    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
                } else {
                    memory.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, (short) (Float.floatToRawIntBits(value) >>> 16));
                }
            }
            return scope.over("guarded", type, memory, rows, columns);
        }
    }

    private static byte[] bytes(Tensor tensor) {
        return HostMemory.of(tensor).toArray(ValueLayout.JAVA_BYTE);
    }
}
