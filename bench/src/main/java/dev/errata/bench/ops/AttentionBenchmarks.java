package dev.errata.bench.ops;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Attention over packed rows, forward and backward, and over a cache. */
final class AttentionBenchmarks {
    private static final int BLOCK = Op.WriteKeyValues.BLOCK_TOKENS;
    private static final int TRAINED_TOKENS = 256;

    private final ModelShape shape;
    private final List<OperatorBenchmark> benchmarks = new ArrayList<>();

    private AttentionBenchmarks(ModelShape shape) {
        this.shape = shape;
    }

    static List<OperatorBenchmark> of(ModelShape shape, List<Integer> rows, int trainingRows) {
        AttentionBenchmarks table = new AttentionBenchmarks(shape);
        int[] trained = new int[Math.max(1, trainingRows / TRAINED_TOKENS)];
        Arrays.fill(trained, Math.min(TRAINED_TOKENS, trainingRows));
        for (DType type : List.of(DType.F32, DType.BF16)) {
            table.packed(type, trained);
            table.packedBackward(type, trained);
            table.packed(type, 512);
        }
        for (int batch : rows.stream().filter(n -> n <= 32).toList()) {
            table.cached(batch, 1, 512, DType.F32, DType.F32);
            table.cached(batch, 1, 512, DType.F32, DType.BF16);
            table.cached(batch, 1, 512, DType.BF16, DType.BF16);
        }
        table.cached(1, 256, 512, DType.F32, DType.F32);
        table.cached(1, 256, 512, DType.BF16, DType.BF16);
        return table.benchmarks;
    }

    private String name(String layout) {
        return shape.name() + " " + layout + " heads " + shape.heads() + "/" + shape.keyHeads() + "x" + shape.headDim();
    }

    private static String layout(int... lengths) {
        return lengths.length + " of " + lengths[0];
    }

    /** Of a query and a key, forward: a product of D and a sum of D, for each head. */
    private double operations(double pairs) {
        return 4 * pairs * shape.queryWidth();
    }

    private static double pairs(int... lengths) {
        return Arrays.stream(lengths).mapToDouble(n -> n * (n + 1.0) / 2).sum();
    }

    private double bytes(DType type, int tokens) {
        return (double) type.bytes() * tokens * (2 * shape.queryWidth() + 2 * shape.keyWidth());
    }

    private static Work work(DType type, double operations, double bytes) {
        return new Work(operations, bytes, type == DType.BF16 ? Arithmetic.BF16 : Arithmetic.F32);
    }

    private static double tolerance(DType type) {
        return type == DType.BF16 ? OperatorBenchmark.BF16 : OperatorBenchmark.SUMS;
    }

    private static String described(DType type) {
        return type.toString().toLowerCase(Locale.ROOT);
    }

    /** All of one type, what lies in rows. */
    private String name(DType type, int... lengths) {
        return name(layout(lengths)) + (type == DType.F32 ? "" : " " + described(type));
    }

    private void packed(DType type, int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        benchmarks.add(new OperatorBenchmark(
                "Attention",
                name(type, lengths),
                work(type, operations(pairs(lengths)), bytes(type, tokens)),
                tolerance(type),
                false,
                in -> forward(in, type, true, lengths)));
    }

    private Op.Attention forward(Operands in, DType type, boolean compare, int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        Tensor q = in.normal(type, tokens, shape.queryWidth());
        Tensor k = in.normal(type, tokens, shape.keyWidth());
        Tensor v = in.normal(type, tokens, shape.keyWidth());
        Tensor out = in.normal(type, tokens, shape.queryWidth());
        Tensor lse = in.normal(tokens, shape.heads());
        if (compare) {
            in.compared(out);
            in.compared(lse);
        }
        return new Op.Attention(
                q, k, v, in.segments(SegmentBounds.packed(lengths)), shape.headDim(), scale(), 0, out, lse);
    }

    private float scale() {
        return (float) (1 / Math.sqrt(shape.headDim()));
    }

    /** Five products where the forward pass has two. */
    private void packedBackward(DType type, int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        benchmarks.add(new OperatorBenchmark(
                "AttentionBackward",
                name(type, lengths),
                work(type, 2.5 * operations(pairs(lengths)), 2 * bytes(type, tokens)),
                tolerance(type),
                false,
                in -> {
                    Op.Attention forward = forward(in, type, false, lengths);
                    in.run(forward);
                    return new Op.AttentionBackward(
                            forward,
                            in.normal(type, tokens, shape.queryWidth()),
                            in.wholeOutput(type, tokens, shape.queryWidth()),
                            in.wholeOutput(type, tokens, shape.keyWidth()),
                            in.wholeOutput(type, tokens, shape.keyWidth()));
                }));
    }

    private void cached(int batch, int queries, int keys, DType type, DType cache) {
        double seen = (double) queries * keys - queries * (queries - 1) / 2.0;
        double cacheBytes = 2.0 * batch * keys * shape.keyWidth() * cache.bytes();
        benchmarks.add(new OperatorBenchmark(
                "Attention over a cache",
                name(batch + " of " + queries + " after " + (keys - queries)) + " " + described(cache)
                        + (type == DType.F32 ? "" : " by " + described(type)),
                work(
                        type,
                        operations(batch * seen),
                        cacheBytes + 2.0 * type.bytes() * batch * queries * shape.queryWidth()),
                tolerance(cache),
                false,
                in -> overCache(in, batch, queries, keys, type, cache)));
    }

    private Op overCache(Operands in, int batch, int queries, int keys, DType type, DType cache) {
        int width = Math.ceilDiv(keys, BLOCK);
        int blocks = batch * width;
        int[] table = Philox.permutation(5, 1, blocks);
        int[] places = new int[batch * keys];
        for (int i = 0; i < places.length; i++) {
            int key = i % keys;
            places[i] = table[i / keys * width + key / BLOCK] * BLOCK + key % BLOCK;
        }
        Tensor keyCache = in.normal(cache, blocks, BLOCK, shape.keyWidth());
        Tensor valueCache = in.normal(cache, blocks, BLOCK, shape.keyWidth());
        in.run(new Op.WriteKeyValues(
                in.normal(places.length, shape.keyWidth()),
                in.normal(places.length, shape.keyWidth()),
                in.ids(places),
                shape.headDim(),
                keyCache,
                valueCache));
        int[] queryLengths = new int[batch];
        int[] keyLengths = new int[batch];
        Arrays.fill(queryLengths, queries);
        Arrays.fill(keyLengths, keys);
        return new Op.Attention(
                in.normal(type, (long) batch * queries, shape.queryWidth()),
                keyCache,
                valueCache,
                in.segments(SegmentBounds.ofQueries(queryLengths, keyLengths), table, width, blocks, BLOCK),
                shape.headDim(),
                scale(),
                0,
                in.wholeOutput(type, (long) batch * queries, shape.queryWidth()),
                in.wholeOutput(DType.F32, (long) batch * queries, shape.heads()));
    }
}
