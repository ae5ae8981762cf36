package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.kernels.machine.MachineCodeUnavailable;
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

/**
 * Attention of random shapes in buffers that end, or begin, at pages that nobody may touch.
 *
 * @param name tells a failure's shape
 */
record GuardedAttention(String name, Work work) {
    private static final int BLOCK = Op.WriteKeyValues.BLOCK_TOKENS;

    /** Makes the tensors and runs the operators; what it returns is compared. */
    interface Work {
        List<Tensor> of(Inputs inputs);
    }

    /** Some packed sequences and their gradients: out, lse, dQ, dK and dV. */
    static GuardedAttention inRows(Random random, int evenly, DType type, DType results) {
        Shape shape = Shape.random(random, evenly);
        int[] lengths = IntStream.range(0, 1 + random.nextInt(3))
                .map(i -> 1 + random.nextInt(110))
                .toArray();
        int n = IntStream.of(lengths).sum();
        return new GuardedAttention(shape + ", " + Arrays.toString(lengths), in -> {
            Tensor q = in.normal(type, n, shape.width());
            Tensor k = in.normal(type, n, shape.keyWidth());
            Tensor v = in.normal(type, n, shape.keyWidth());
            Tensor out = in.normal(results, n, shape.width());
            Tensor lse = in.normal(DType.F32, n, (long) shape.keyHeads * shape.group);
            Segments segments = SegmentBounds.packed(lengths).on(in.scope);
            Op.Attention forward = shape.op(q, k, v, segments, out, lse);
            in.scope.backend().run(forward);
            Tensor dOut = in.normal(type, n, shape.width());
            Tensor dQ = in.normal(results, n, shape.width());
            Tensor dK = in.normal(results, n, shape.keyWidth());
            Tensor dV = in.normal(results, n, shape.keyWidth());
            in.scope.backend().run(new Op.AttentionBackward(forward, dOut, dQ, dK, dV));
            return List.of(out, lse, dQ, dK, dV);
        });
    }

    /** Prompts, or single queries, over a cache whose first two blocks they may share: out and lse. */
    static GuardedAttention inCache(Random random, int evenly, DType type, DType cached) {
        Shape shape = Shape.random(random, evenly);
        int count = 1 + random.nextInt(4);
        int[] keys = IntStream.range(0, count).map(i -> 1 + random.nextInt(170)).toArray();
        boolean decoding = random.nextBoolean();
        int[] queries = IntStream.of(keys)
                .map(length -> decoding ? 1 : 1 + random.nextInt(length))
                .toArray();
        int width = Math.ceilDiv(IntStream.of(keys).max().orElseThrow(), BLOCK);
        int blocks = width * count;
        int[] table = IntStream.range(0, blocks)
                .map(i -> i % width < 2 ? i % width : blocks - 1 - i)
                .toArray();
        int n = IntStream.of(queries).sum();
        return new GuardedAttention(shape + ", keys " + Arrays.toString(keys), in -> {
            Tensor q = in.normal(type, n, shape.width());
            Tensor keyCache = in.normal(cached, blocks, BLOCK, shape.keyWidth());
            Tensor valueCache = in.normal(cached, blocks, BLOCK, shape.keyWidth());
            Tensor out = in.normal(type, n, shape.width());
            Tensor lse = in.normal(DType.F32, n, (long) shape.keyHeads * shape.group);
            Segments segments = SegmentBounds.ofQueries(queries, keys).on(in.scope, table, width, blocks, BLOCK);
            in.scope.backend().run(shape.op(q, keyCache, valueCache, segments, out, lse));
            return List.of(out, lse);
        });
    }

    /** The results on a backend, which is closed after it; inputs depend on the seed alone. */
    List<double[]> run(CpuBackend backend, long seed) throws MachineCodeUnavailable {
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

    /**
     * Heads, head dimension and a window, drawn.
     *
     * @param d a multiple of {@code evenly}
     */
    private record Shape(int keyHeads, int group, int d, int window, float softCap) {
        static Shape random(Random random, int evenly) {
            return new Shape(
                    1 + random.nextInt(3),
                    1 + random.nextInt(14),
                    evenly * (1 + random.nextInt((random.nextBoolean() ? 70 : 128) / evenly)),
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
    static final class Inputs implements AutoCloseable {
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
}
