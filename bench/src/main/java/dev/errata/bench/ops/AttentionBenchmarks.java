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
        table.packed(trained);
        table.packedBackward(trained);
        table.packed(512);
        for (int batch : rows.stream().filter(n -> n <= 32).toList()) {
            table.cached(batch, 1, 512, DType.F32);
            table.cached(batch, 1, 512, DType.BF16);
        }
        table.cached(1, 256, 512, DType.F32);
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

    private double bytes(int tokens) {
        return 4.0 * tokens * (2 * shape.queryWidth() + 2 * shape.keyWidth());
    }

    private void packed(int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        benchmarks.add(new OperatorBenchmark(
                "Attention",
                name(layout(lengths)),
                new Work(operations(pairs(lengths)), bytes(tokens)),
                OperatorBenchmark.SUMS,
                false,
                in -> forward(in, true, lengths)));
    }

    private Op.Attention forward(Operands in, boolean compare, int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        Tensor q = in.normal(tokens, shape.queryWidth());
        Tensor k = in.normal(tokens, shape.keyWidth());
        Tensor v = in.normal(tokens, shape.keyWidth());
        Tensor out = in.normal(tokens, shape.queryWidth());
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
    private void packedBackward(int... lengths) {
        int tokens = Arrays.stream(lengths).sum();
        benchmarks.add(new OperatorBenchmark(
                "AttentionBackward",
                name(layout(lengths)),
                new Work(2.5 * operations(pairs(lengths)), 2 * bytes(tokens)),
                OperatorBenchmark.SUMS,
                false,
                in -> {
                    Op.Attention forward = forward(in, false, lengths);
                    in.run(forward);
                    return new Op.AttentionBackward(
                            forward,
                            in.normal(tokens, shape.queryWidth()),
                            in.wholeOutput(DType.F32, tokens, shape.queryWidth()),
                            in.wholeOutput(DType.F32, tokens, shape.keyWidth()),
                            in.wholeOutput(DType.F32, tokens, shape.keyWidth()));
                }));
    }

    private void cached(int batch, int queries, int keys, DType cache) {
        double seen = (double) queries * keys - queries * (queries - 1) / 2.0;
        double cacheBytes = 2.0 * batch * keys * shape.keyWidth() * cache.bytes();
        benchmarks.add(new OperatorBenchmark(
                "Attention over a cache",
                name(batch + " of " + queries + " after " + (keys - queries)) + " "
                        + cache.toString().toLowerCase(Locale.ROOT),
                new Work(operations(batch * seen), cacheBytes + 8.0 * batch * queries * shape.queryWidth()),
                cache == DType.BF16 ? OperatorBenchmark.BF16 : OperatorBenchmark.SUMS,
                false,
                in -> overCache(in, batch, queries, keys, cache)));
    }

    private Op overCache(Operands in, int batch, int queries, int keys, DType dtype) {
        int width = Math.ceilDiv(keys, BLOCK);
        int blocks = batch * width;
        int[] table = Philox.permutation(5, 1, blocks);
        int[] places = new int[batch * keys];
        for (int i = 0; i < places.length; i++) {
            int key = i % keys;
            places[i] = table[i / keys * width + key / BLOCK] * BLOCK + key % BLOCK;
        }
        Tensor keyCache = in.normal(dtype, blocks, BLOCK, shape.keyWidth());
        Tensor valueCache = in.normal(dtype, blocks, BLOCK, shape.keyWidth());
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
                in.normal((long) batch * queries, shape.queryWidth()),
                keyCache,
                valueCache,
                in.segments(SegmentBounds.ofQueries(queryLengths, keyLengths), table, width, blocks, BLOCK),
                shape.headDim(),
                scale(),
                0,
                in.wholeOutput(DType.F32, (long) batch * queries, shape.queryWidth()),
                in.wholeOutput(DType.F32, (long) batch * queries, shape.heads()));
    }
}
