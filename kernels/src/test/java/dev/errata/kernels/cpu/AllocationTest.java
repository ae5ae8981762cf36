package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.errata.tensor.Activation;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A vector or a mask that the compiler boxes costs an object for each that is worked on, and most of the speed. What a call
 * may allocate is a few objects that describe it, whatever the size of the tensors. How few depends on what else this JVM
 * has compiled, so calls of two sizes are compared.
 */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROWS = 96;
    private static final int COLUMNS = 192;
    private static final int HEAD = 64;
    /** By how many times the larger calls have more rows, and more columns. */
    private static final int TIMES = 3;
    /** What a call three times as large may allocate more: less than a box for every 12 rows more, the least that is boxed. */
    private static final long MOST_MORE = 384;
    /** The same of attention, where each block of 48 queries may make some objects of its own. */
    private static final long MOST_MORE_OF_BLOCKS = 4096;

    private static final long MOST_BYTES = 4096;
    /** How long the compiler is waited for, which on a busy machine comes late. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @Test
    void operatorsAllocateNothingThatGrowsWithTheirSize() {
        try (CpuBackend backend = new CpuBackend(1);
                Scope scope = new Scope("allocation", backend)) {
            Map<String, Op> larger = operators(scope, TIMES * ROWS, TIMES * COLUMNS);
            operators(scope, ROWS, COLUMNS).forEach((name, op) -> {
                Growth growth = settled(backend, op, larger.get(name));
                assertThat(growth.isWithin(mostMore(op)))
                        .as("%s: %s", name, growth)
                        .isTrue();
            });
        }
    }

    /** Bytes that a call allocates, and that one of three times as many rows and columns does. */
    private record Growth(long small, long large) {
        boolean isWithin(long mostMore) {
            return small <= MOST_BYTES && large - small <= mostMore;
        }
    }

    private static long mostMore(Op op) {
        return op instanceof Op.Attention || op instanceof Op.AttentionBackward ? MOST_MORE_OF_BLOCKS : MOST_MORE;
    }

    /** Once the compiler is done, or when patience ends. */
    private static Growth settled(CpuBackend backend, Op small, Op large) {
        long begin = System.nanoTime();
        while (true) {
            Growth growth = new Growth(bytes(backend, small), bytes(backend, large));
            if (growth.isWithin(mostMore(small)) || System.nanoTime() - begin > PATIENCE_NANOS) {
                return growth;
            }
        }
    }

    /** Of one call, after ten that show the compiler what to do. */
    private static long bytes(CpuBackend backend, Op op) {
        for (int i = 0; i < 10; i++) {
            backend.run(op);
        }
        long before = THREADS.getCurrentThreadAllocatedBytes();
        backend.run(op);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private static Map<String, Op> operators(Scope scope, int n, int c) {
        Map<String, Op> ops = new LinkedHashMap<>();
        Tensor x = scope.zeros("x", n, c);
        Tensor y = scope.zeros("y", n, c);
        Tensor z = scope.zeros("z", n, c);
        Tensor w = scope.zeros("w", c, c);
        Tensor row = scope.zeros("row", c);
        Tensor column = scope.zeros("column", n);
        Tensor ids = scope.ids("ids", new int[n]);
        ops.put("matmul", new Op.MatMul(x, w, y, false, false, 1, false));
        ops.put("matmul with transposed b", new Op.MatMul(x, w, y, false, true, 1, true));
        ops.put("matmul with transposed a", new Op.MatMul(x, y, w, true, false, 1, true));
        ops.put("decoding", new Op.MatMul(x.rowRange(0, 7), w, y.rowRange(0, 7), false, true, 1, false));
        weights(scope, c).forEach((kind, weight) -> {
            ops.put(kind, new Op.Linear(x, weight, y, false));
            ops.put(kind + " gradient", new Op.LinearBackward(x, weight, y, false));
            ops.put(kind + " decoding", new Op.Linear(x.rowRange(0, 1), weight, y.rowRange(0, 1), false));
            ops.put(kind + " decoding three", new Op.Linear(x.rowRange(0, 3), weight, y.rowRange(0, 3), false));
            ops.put(kind + " embedding", new Op.Embedding(weight, ids, y));
        });
        ops.put("rms norm", new Op.RmsNorm(x, row, 1e-5f, y, column));
        ops.put("rms norm backward", new Op.RmsNormBackward(x, row, 0, column, y, z, true, row));
        ops.put("rms norm with an offset", new Op.RmsNorm(x, row, 1, 1e-5f, y, column));
        for (Activation activation : Activation.values()) {
            ops.put(activation + " gate", new Op.GatedActivation(x, y, activation, z));
            ops.put(activation + " gate backward", new Op.GatedActivationBackward(x, y, activation, z, x, y));
        }
        ops.put("soft cap", new Op.SoftCap(x, 30, y));
        ops.put("soft cap backward", new Op.SoftCapBackward(x, 30, y, z));
        ops.put("dropout", new Op.Dropout(x, y, 0.1f, 1, 2));
        ops.put("add", new Op.Add(x, y, z));
        ops.put("adamw", new Op.AdamWStep(x, y, z, scope.zeros("v", n, c), 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1));
        ops.put("adamw with 8-bit states", eightBit(scope, x, y));
        ops.put("lion", new Op.LionStep(x, y, z, 1e-3, 0.9, 0.99, 0.01, 1));
        ops.put("sum of squares", new Op.SumSquares(x, scope.allocate("sum", DType.F64, 1), false));
        ops.put("cross-entropy", new Op.CrossEntropy(x, ids, column, x, 1));
        ops.put("rope", new Op.Rope(x, scope.zeros("cos", 4, 32), scope.zeros("sin", 4, 32), ids, HEAD, false));
        Tensor lse = scope.zeros("lse", n, c / HEAD);
        Op.Attention attention = new Op.Attention(x, x, x, Segments.packed(scope, n), HEAD, 0.125f, 0, y, lse);
        ops.put("attention", attention);
        ops.put(
                "attention backward",
                new Op.AttentionBackward(attention, y, z, scope.zeros("dK", n, c), scope.zeros("dV", n, c)));
        narrow(scope, n, c, ops);
        Segments last = new SegmentBounds(new int[] {0}, new int[] {1}, new int[] {0}, new int[] {n}).on(scope);
        ops.put("attention of one query", new Op.Attention(x, x, x, last, HEAD, 0.125f, 0, y, lse));
        sampling(scope, x, ops);
        cached(scope, n, c, ops);
        return ops;
    }

    private static void sampling(Scope scope, Tensor logits, Map<String, Op> ops) {
        int rows = logits.rows();
        for (SamplerSettings settings : List.of(
                SamplerSettings.GREEDY, SamplerSettings.of(0.7, 0.9), new SamplerSettings(1, 7, 1, 0.1, 0.9, 1.1, 3))) {
            SampleRequest request = new SampleRequest(settings, new int[] {1, 2, 1}, new int[] {5}, 1, 2, 0);
            SamplingState state = SamplingState.of(scope, Collections.nCopies(rows, request), 1 << 16);
            Tensor out = scope.ids("out", new int[rows]);
            ops.put(
                    "sampling by " + settings,
                    new Op.SampleTokens(
                            logits, SamplingState.allSlots(scope, rows), state.history(), state.rules(), out));
        }
        TokenHistory history =
                new TokenHistory(scope.ids("ids", new int[4 * rows]).view(rows, 4), scope.ids("lengths", ones(rows)));
        Tensor[] out = new Tensor[4];
        Arrays.setAll(out, i -> scope.ids("out", new int[rows]));
        Tensor blocks = scope.ids("blocks", new int[rows]).view(rows, 1);
        ops.put(
                "last tokens",
                new Op.LastTokens(
                        history, SamplingState.allSlots(scope, rows), blocks, 4, out[0], out[1], out[2], out[3]));
    }

    private static int[] ones(int count) {
        int[] ones = new int[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** The same on BF16 tensors. */
    private static void narrow(Scope scope, int n, int c, Map<String, Op> ops) {
        Tensor x = scope.allocate("x", DType.BF16, n, c);
        Tensor y = scope.allocate("y", DType.BF16, n, c);
        Tensor z = scope.allocate("z", DType.BF16, n, c);
        Tensor wide = scope.zeros("wide", n, c);
        Tensor row = scope.zeros("row", c);
        Tensor column = scope.zeros("column", n);
        Tensor ids = scope.ids("ids", new int[n]);
        ops.put("narrowing copy", new Op.Copy(wide, x));
        ops.put("widening copy", new Op.Copy(x, wide));
        ops.put("bf16 add", new Op.Add(x, y, z));
        ops.put("bf16 rms norm", new Op.RmsNorm(x, row, 1e-5f, y, column));
        ops.put("bf16 rms norm backward", new Op.RmsNormBackward(x, row, 1, column, y, z, true, row));
        for (Activation activation : Activation.values()) {
            ops.put("bf16 " + activation, new Op.GatedActivation(x, y, activation, z));
            ops.put("bf16 " + activation + " backward", new Op.GatedActivationBackward(x, y, activation, z, x, y));
        }
        ops.put("bf16 soft cap", new Op.SoftCap(x, 30, y));
        ops.put("bf16 dropout", new Op.Dropout(x, y, 0.1f, 1, 2));
        ops.put("bf16 gather", new Op.GatherRows(x, ids, y));
        ops.put("bf16 add bias", new Op.AddBias(x, row));
        ops.put("bf16 scale columns", new Op.ScaleColumns(x, row, row, false, y));
        ops.put("bf16 cross-entropy", new Op.CrossEntropy(x, ids, column, x, 1));
        ops.put("bf16 rope", new Op.Rope(x, scope.zeros("cos", 4, 32), scope.zeros("sin", 4, 32), ids, HEAD, false));
    }

    /** A cache, and queries over it as in decoding and as in reading a prompt: three heads to a key head. */
    private static void cached(Scope scope, int n, int c, Map<String, Op> ops) {
        int tokens = 5 * n + 64;
        int block = Op.WriteKeyValues.BLOCK_TOKENS;
        int[] slots = IntStream.range(0, tokens).toArray();
        int[] table = IntStream.range(0, tokens / block).toArray();
        for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
            Tensor k = scope.zeros("k", tokens, c);
            Tensor keys = scope.allocate("keys", dtype, table.length, block, c);
            Tensor values = scope.allocate("values", dtype, table.length, block, c);
            ops.put(
                    "writing a cache of " + dtype,
                    new Op.WriteKeyValues(k, k, scope.ids("slots", slots), HEAD, keys, values));
            for (int queries : new int[] {1, n / 5}) {
                Segments segments = SegmentBounds.ofQueries(new int[] {queries}, new int[] {tokens})
                        .on(scope, table, table.length, table.length, block);
                Tensor q = scope.allocate("q", dtype, queries, 3L * c);
                Tensor out = scope.allocate("out", dtype, queries, 3L * c);
                scope.backend().run(new Op.Copy(scope.zeros("zeros", queries, 3L * c), q));
                Tensor lse = scope.f32("lse", queries, 3L * c / HEAD);
                ops.put(
                        (queries == 1 ? "one query" : "queries") + " over a cache of " + dtype,
                        new Op.Attention(q, keys, values, segments, HEAD, 0.125f, 0, 30, out, lse));
            }
            Tensor x = scope.allocate("x", dtype, n, c);
            scope.backend().run(new Op.Copy(scope.zeros("zeros", n, c), x));
            Op.Attention attention = new Op.Attention(
                    x, x, x, Segments.packed(scope, n), HEAD, 0.125f, 0, 30, x, scope.zeros("lse", n, c / HEAD));
            ops.put("attention in " + dtype, attention);
            ops.put(
                    "attention backward in " + dtype,
                    new Op.AttentionBackward(
                            attention,
                            x,
                            scope.allocate("dQ", dtype, n, c),
                            scope.allocate("dK", dtype, n, c),
                            scope.allocate("dV", dtype, n, c)));
        }
    }

    private static Op eightBit(Scope scope, Tensor param, Tensor grad) {
        Tensor codes = scope.allocate("codes", DType.U8, param.elements());
        Tensor absmax = scope.zeros("absmax", Blockwise8Bit.blocks(param.elements()));
        float[] map = new float[Blockwise8Bit.CODES];
        for (int i = 0; i < map.length; i++) {
            map[i] = (i - 127) / 128f;
        }
        Blockwise8Bit states = new Blockwise8Bit(codes, absmax, scope.floats("map", map, map.length));
        return new Op.AdamW8bitStep(param, grad, states, states, 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1);
    }

    /** One of each way in which panels hold elements, and one that is not in panels. */
    private static Map<String, Weight> weights(Scope scope, int c) {
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            weights.put(dtype + " weight", new Weight.Dense(zeros(scope, dtype, c, c)));
        }
        long elements = (long) c * c;
        weights.put(
                "4-bit weight",
                new Weight.FourBit(
                        c,
                        c,
                        64,
                        zeros(scope, DType.U8, elements / 2),
                        scope.zeros("code", 16),
                        new Weight.SingleScales(scope.zeros("absmax", elements / 64)),
                        DType.BF16));
        for (GgmlType type : List.of(GgmlType.Q4_1, GgmlType.Q5_0, GgmlType.Q8_0)) {
            long bytes = elements / type.blockSize() * type.blockBytes();
            weights.put(type + " weight", new Weight.Ggml(type, c, c, zeros(scope, DType.U8, bytes), DType.F32));
        }
        weights.replaceAll((name, weight) -> scope.backend().prepare(name, weight, scope));
        weights.put("stored weight", new Weight.Dense(zeros(scope, DType.BF16, c, c)));
        return weights;
    }

    private static Tensor zeros(Scope scope, DType dtype, long... dims) {
        Tensor tensor = scope.allocate("zeros", dtype, dims);
        HostMemory.of(tensor).fill((byte) 0);
        return tensor;
    }
}
