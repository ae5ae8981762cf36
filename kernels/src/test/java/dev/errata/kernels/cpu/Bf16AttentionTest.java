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
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attention of bf16 by machine code beside the Vector API's, in random shapes; buffers end, or begin, at pages that nobody may touch. */
class Bf16AttentionTest {
    private static final int BLOCK = Op.WriteKeyValues.BLOCK_TOKENS;

    /** Of the largest element: a bf16 neighbour, and some probabilities that fell on the other side of an edge. */
    private static final double TOLERANCE = 0x1p-7;

    /** What is left of sums of elements around 1 that cancel each other, as gradients of a query that sees one key. */
    private static final double ROUNDING = 1e-5;

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

    /** Heads, head dimension and a window, drawn. */
    private record Shape(int keyHeads, int group, int d, int window, float softCap) {
        static Shape random(Random random) {
            return new Shape(
                    1 + random.nextInt(3),
                    1 + random.nextInt(14),
                    2 * (1 + random.nextInt(random.nextBoolean() ? 35 : 64)),
                    random.nextInt(3) == 0 ? 1 + random.nextInt(70) : 0,
                    random.nextInt(4) == 0 ? 1.5f : 0);
        }

        int width() {
            return keyHeads * group * d;
        }

        int keyWidth() {
            return keyHeads * d;
        }

        Op.Attention op(Tensor q, Tensor k, Tensor v, Segments segments, Tensor out, Tensor lse) {
            float scale = (float) (1 / Math.sqrt(d));
            return new Op.Attention(q, k, v, segments, d, scale, window, softCap, out, lse);
        }
    }

    /** Tensors of one seed between guard pages. */
    private static final class Inputs implements AutoCloseable {
        private final GuardedMemory guarded = new GuardedMemory();
        private final Scope scope;
        private final Random random;
        private final boolean end;

        Inputs(CpuBackend backend, long seed) throws MachineCodeUnavailable {
            scope = new Scope("fuzz", backend);
            random = new Random(seed);
            end = random.nextBoolean();
        }

        Tensor normal(DType type, long... dims) {
            long elements = LongStream.of(dims).reduce(1, Math::multiplyExact);
            long bytes = elements * type.bytes();
            MemorySegment memory = end ? guarded.before(bytes) : guarded.after(bytes);
            for (long i = 0; i < elements; i++) {
                float value = (float) random.nextGaussian();
                if (type == DType.F32) {
                    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
                } else {
                    memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, Rounding.bf16Bits(value));
                }
            }
            return scope.over("guarded", type, memory, dims);
        }

        @Override
        public void close() {
            scope.close();
            guarded.close();
        }
    }

    private interface Work {
        List<Tensor> of(Inputs inputs);
    }

    private static void compare(String what, long seed, Work work) throws MachineCodeUnavailable {
        List<double[]> plain = run(new CpuBackend(2, null), seed, work);
        List<double[]> fast = run(new CpuBackend(2), seed, work);
        for (int i = 0; i < plain.size(); i++) {
            double largest = 0;
            for (double each : plain.get(i)) {
                largest = Math.max(largest, Math.abs(each));
            }
            for (int j = 0; j < plain.get(i).length; j++) {
                assertThat(fast.get(i)[j])
                        .as("%s, result %d, element %d", what, i, j)
                        .isCloseTo(plain.get(i)[j], Offset.offset(TOLERANCE * largest + ROUNDING));
            }
        }
    }

    private static List<double[]> run(CpuBackend backend, long seed, Work work) throws MachineCodeUnavailable {
        try (backend;
                Inputs inputs = new Inputs(backend, seed)) {
            List<double[]> results = new ArrayList<>();
            for (Tensor tensor : work.of(inputs)) {
                MemorySegment memory = HostMemory.of(tensor);
                results.add(IntStream.range(0, (int) tensor.elements())
                        .mapToDouble(i -> tensor.dtype() == DType.F32
                                ? memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L)
                                : Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) << 16))
                        .toArray());
            }
            return results;
        }
    }

    @Test
    void sequencesInRowsAndTheirGradientsAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Random shapes = new Random(11);
        for (int round = 0; round < 60; round++) {
            Shape shape = Shape.random(shapes);
            int[] lengths = IntStream.range(0, 1 + shapes.nextInt(3))
                    .map(i -> 1 + shapes.nextInt(110))
                    .toArray();
            int n = IntStream.of(lengths).sum();
            DType results = shapes.nextBoolean() ? DType.BF16 : DType.F32;
            compare(shape + ", " + Arrays.toString(lengths), round, in -> {
                Tensor q = in.normal(DType.BF16, n, shape.width());
                Tensor k = in.normal(DType.BF16, n, shape.keyWidth());
                Tensor v = in.normal(DType.BF16, n, shape.keyWidth());
                Tensor out = in.normal(results, n, shape.width());
                Tensor lse = in.normal(DType.F32, n, (long) shape.keyHeads * shape.group);
                Segments segments = SegmentBounds.packed(lengths).on(in.scope);
                Op.Attention forward = shape.op(q, k, v, segments, out, lse);
                in.scope.backend().run(forward);
                Tensor dOut = in.normal(DType.BF16, n, shape.width());
                Tensor dQ = in.normal(results, n, shape.width());
                Tensor dK = in.normal(results, n, shape.keyWidth());
                Tensor dV = in.normal(results, n, shape.keyWidth());
                in.scope.backend().run(new Op.AttentionBackward(forward, dOut, dQ, dK, dV));
                return List.of(out, lse, dQ, dK, dV);
            });
        }
    }

    @Test
    void sequencesInACacheAreThoseOfTheVectorApi() throws MachineCodeUnavailable {
        Random shapes = new Random(12);
        for (int round = 0; round < 60; round++) {
            Shape shape = Shape.random(shapes);
            int count = 1 + shapes.nextInt(4);
            int[] keys =
                    IntStream.range(0, count).map(i -> 1 + shapes.nextInt(170)).toArray();
            boolean decoding = shapes.nextBoolean();
            int[] queries = IntStream.of(keys)
                    .map(length -> decoding ? 1 : 1 + shapes.nextInt(length))
                    .toArray();
            int width = Math.ceilDiv(IntStream.of(keys).max().orElseThrow(), BLOCK);
            int blocks = width * count;
            int[] table = IntStream.range(0, blocks)
                    .map(i -> i % width < 2 ? i % width : blocks - 1 - i)
                    .toArray();
            int n = IntStream.of(queries).sum();
            compare(shape + ", keys " + Arrays.toString(keys), round, in -> {
                Tensor q = in.normal(DType.BF16, n, shape.width());
                Tensor keyCache = in.normal(DType.BF16, blocks, BLOCK, shape.keyWidth());
                Tensor valueCache = in.normal(DType.BF16, blocks, BLOCK, shape.keyWidth());
                Tensor out = in.normal(DType.BF16, n, shape.width());
                Tensor lse = in.normal(DType.F32, n, (long) shape.keyHeads * shape.group);
                Segments segments = SegmentBounds.ofQueries(queries, keys).on(in.scope, table, width, blocks, BLOCK);
                in.scope.backend().run(shape.op(q, keyCache, valueCache, segments, out, lse));
                return List.of(out, lse);
            });
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
