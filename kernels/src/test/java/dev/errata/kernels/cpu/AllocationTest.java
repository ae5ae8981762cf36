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
 * A vector that the compiler boxes costs kilobytes per call and most of the speed. What a call may allocate is a few
 * objects that describe it, whatever the size of the tensors.
 */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MOST_BYTES = 1024;
    /** How long the compiler is waited for, which on a busy machine comes late. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @Test
    void operatorsAllocateNothingThatGrowsWithTheirSize() {
        try (CpuBackend backend = new CpuBackend(1);
                Scope scope = new Scope("allocation", backend)) {
            operators(scope)
                    .forEach((name, op) ->
                            assertThat(settledBytes(backend, op)).as(name).isLessThanOrEqualTo(MOST_BYTES));
        }
    }

    /** Bytes of a call once the compiler is done, or when patience ends. */
    private static long settledBytes(CpuBackend backend, Op op) {
        long bytes = Long.MAX_VALUE;
        long begin = System.nanoTime();
        while (bytes > MOST_BYTES && System.nanoTime() - begin < PATIENCE_NANOS) {
            for (int i = 0; i < 10; i++) {
                backend.run(op);
            }
            long before = THREADS.getCurrentThreadAllocatedBytes();
            backend.run(op);
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        return bytes;
    }

    private static Map<String, Op> operators(Scope scope) {
        int n = 96;
        int c = 192;
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
        ops.put("rope", new Op.Rope(x, scope.zeros("cos", 4, 32), scope.zeros("sin", 4, 32), ids, 64, false));
        Tensor lse = scope.zeros("lse", n, 3);
        Op.Attention attention = new Op.Attention(x, x, x, Segments.packed(scope, n), 64, 0.125f, 0, y, lse);
        ops.put("attention", attention);
        ops.put(
                "attention backward",
                new Op.AttentionBackward(attention, y, z, scope.zeros("dK", n, c), scope.zeros("dV", n, c)));
        narrow(scope, ops);
        Segments last = new SegmentBounds(new int[] {0}, new int[] {1}, new int[] {0}, new int[] {n}).on(scope);
        ops.put("attention of one query", new Op.Attention(x, x, x, last, 64, 0.125f, 0, y, lse));
        sampling(scope, x, ops);
        cached(scope, ops);
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
    private static void narrow(Scope scope, Map<String, Op> ops) {
        int n = 96;
        int c = 192;
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
        ops.put("bf16 rope", new Op.Rope(x, scope.zeros("cos", 4, 32), scope.zeros("sin", 4, 32), ids, 64, false));
    }

    /** A cache of 544 tokens, and queries over it as in decoding and as in reading a prompt: 9 heads with 3 key heads. */
    private static void cached(Scope scope, Map<String, Op> ops) {
        int tokens = 544;
        int block = Op.WriteKeyValues.BLOCK_TOKENS;
        int[] slots = IntStream.range(0, tokens).toArray();
        int[] table = IntStream.range(0, tokens / block).toArray();
        for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
            Tensor k = scope.zeros("k", tokens, 192);
            Tensor keys = scope.allocate("keys", dtype, table.length, block, 192);
            Tensor values = scope.allocate("values", dtype, table.length, block, 192);
            ops.put(
                    "writing a cache of " + dtype,
                    new Op.WriteKeyValues(k, k, scope.ids("slots", slots), 64, keys, values));
            for (int queries : new int[] {1, 20}) {
                Segments segments = SegmentBounds.ofQueries(new int[] {queries}, new int[] {tokens})
                        .on(scope, table, table.length, table.length, block);
                Tensor q = scope.allocate("q", dtype, queries, 576);
                Tensor out = scope.allocate("out", dtype, queries, 576);
                scope.backend().run(new Op.Copy(scope.zeros("zeros", queries, 576), q));
                Tensor lse = scope.f32("lse", queries, 9);
                ops.put(
                        queries + " queries over a cache of " + dtype,
                        new Op.Attention(q, keys, values, segments, 64, 0.125f, 0, 30, out, lse));
            }
            Tensor x = scope.allocate("x", dtype, 96, 192);
            scope.backend().run(new Op.Copy(scope.zeros("zeros", 96, 192), x));
            Op.Attention attention = new Op.Attention(
                    x, x, x, Segments.packed(scope, 96), 64, 0.125f, 0, 30, x, scope.zeros("lse", 96, 3));
            ops.put("attention in " + dtype, attention);
            ops.put(
                    "attention backward in " + dtype,
                    new Op.AttentionBackward(
                            attention,
                            x,
                            scope.allocate("dQ", dtype, 96, 192),
                            scope.allocate("dK", dtype, 96, 192),
                            scope.allocate("dV", dtype, 96, 192)));
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
