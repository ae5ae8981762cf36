package dev.errata.tensor.check;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase.Inputs;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Attention and its gradient: over rows and over blocks of a cache, with windows, soft caps, shared key heads, in F32 and BF16. */
final class AttentionCases {
    /** As in {@link OperatorCases}: a sum of some thousand products. */
    private static final double SUMS = 1e-5;

    /**
     * Where both sides round to bf16, two neighbours of the output (2⁻⁸ of it) and some probabilities that fell on the other
     * side of an edge.
     */
    private static final double BF16 = 0x1p-7;

    private static final int BLOCK = Op.WriteKeyValues.BLOCK_TOKENS;
    private static final List<Layout> ROWS = List.of(
            new Layout("one token", 1, 1, SegmentBounds.packed(1)),
            new Layout("nothing", 0, 0, SegmentBounds.packed()),
            new Layout("packed", 300, 300, SegmentBounds.packed(1, 5, 48, 49, 7, 190)),
            new Layout("long", 530, 530, SegmentBounds.packed(530)),
            new Layout("a row of no sequence", 25, 25, bounds(new int[] {1, 13}, new int[] {11, 9}, 1, 13)),
            decoding("decoding", 10, 580, 19),
            new Layout(
                    "prefill after a prefix",
                    64,
                    700,
                    new SegmentBounds(new int[] {0, 9}, new int[] {9, 55}, new int[] {300, 0}, new int[] {9, 290})));
    private static final List<Layout> SMALL_ROWS = List.of(
            ROWS.get(0),
            ROWS.get(1),
            new Layout("packed", 41, 41, SegmentBounds.packed(1, 5, 16, 19)),
            new Layout("a row of no sequence", 13, 13, bounds(new int[] {1, 8}, new int[] {6, 4}, 1, 8)),
            decoding("decoding", 10, 70, 19),
            new Layout(
                    "prefill after a prefix",
                    24,
                    90,
                    new SegmentBounds(new int[] {0, 9}, new int[] {9, 15}, new int[] {70, 0}, new int[] {9, 60})));
    /** Queries and keys of sequences in a cache. */
    private static final List<int[][]> CACHED =
            List.of(new int[][] {{1}, {1}}, new int[][] {{}, {}}, new int[][] {{1, 1, 1}, {10, 580, 33}}, new int[][] {
                {7, 9, 1, 60}, {7, 300, 257, 60}
            });

    private static final List<int[][]> SMALL_CACHED = List.of(
            new int[][] {{1}, {1}}, new int[][] {{1, 1, 1}, {10, 70, 33}}, new int[][] {{7, 19, 1}, {7, 60, 40}});

    private final List<OperatorCase> cases = new ArrayList<>();

    private AttentionCases() {}

    /** The segments of an attention over rows. */
    private record Layout(String name, int tokens, int keyRows, SegmentBounds segments) {}

    /** What an attention is beside its segments. */
    private record Rule(int heads, int keyHeads, int headDim, int window, float softCap, DType dtype, DType cache) {
        static Rule of(int[] heads, int window) {
            return new Rule(heads[0], heads[1], heads[2], window, 0, DType.F32, DType.F32);
        }

        Rule capped(float cap) {
            return new Rule(heads, keyHeads, headDim, window, cap, dtype, cache);
        }

        Rule in(DType activations, DType cached) {
            return new Rule(heads, keyHeads, headDim, window, softCap, activations, cached);
        }

        double tolerance() {
            return dtype == DType.BF16 ? BF16 : SUMS;
        }

        @Override
        public String toString() {
            return "attention, heads " + heads + "/" + keyHeads + " of " + headDim + ", window " + window
                    + (softCap == 0 ? "" : ", cap " + softCap) + (dtype == DType.F32 ? "" : ", " + dtype)
                    + (cache == DType.F32 ? "" : ", cache " + cache);
        }
    }

    static List<OperatorCase> tiny() {
        AttentionCases table = new AttentionCases();
        Rule rule = Rule.of(new int[] {2, 1, 18}, 4);
        table.rows(new Layout("tiny", 13, 13, SegmentBounds.packed(1, 3, 9)), rule);
        table.rows(
                new Layout("tiny", 5, 5, SegmentBounds.packed(5)),
                rule.capped(2).in(DType.BF16, DType.BF16));
        table.blocks(new int[] {1, 9}, new int[] {35, 11}, rule);
        return table.cases;
    }

    static List<OperatorCase> all() {
        AttentionCases table = new AttentionCases();
        for (int[] heads : new int[][] {{1, 1, 64}, {4, 2, 16}, {3, 1, 34}, {2, 2, 6}}) {
            for (int window : new int[] {0, 1, 37}) {
                ROWS.forEach(layout -> table.rows(layout, Rule.of(heads, window)));
                CACHED.forEach(c -> table.blocks(c[0], c[1], Rule.of(heads, window)));
            }
        }
        for (int[] heads : new int[][] {{3, 1, 64}, {10, 2, 80}}) {
            for (int window : new int[] {0, 290}) {
                Rule rule = Rule.of(heads, window);
                ROWS.forEach(layout -> table.variants(layout, rule));
                CACHED.forEach(c -> table.variants(c, rule));
            }
        }
        return table.cases;
    }

    /** For a simulated device. */
    static List<OperatorCase> small() {
        AttentionCases table = new AttentionCases();
        for (int[] heads : new int[][] {{1, 1, 64}, {4, 2, 16}, {3, 1, 40}}) {
            for (int window : new int[] {0, 7}) {
                SMALL_ROWS.forEach(layout -> table.rows(layout, Rule.of(heads, window)));
                SMALL_CACHED.forEach(c -> table.blocks(c[0], c[1], Rule.of(heads, window)));
            }
        }
        Rule rule = Rule.of(new int[] {4, 2, 16}, 0);
        SMALL_ROWS.forEach(layout -> table.variants(layout, rule));
        SMALL_CACHED.forEach(c -> table.variants(c, rule));
        return table.cases;
    }

    private void variants(Layout layout, Rule rule) {
        rows(layout, rule.capped(1.5f));
        rows(layout, rule.in(DType.BF16, DType.BF16));
        rows(layout, rule.capped(1.5f).in(DType.BF16, DType.BF16));
    }

    private void variants(int[][] cached, Rule rule) {
        blocks(cached[0], cached[1], rule.capped(1.5f));
        blocks(cached[0], cached[1], rule.in(DType.F32, DType.BF16));
        blocks(cached[0], cached[1], rule.in(DType.BF16, DType.BF16));
        blocks(cached[0], cached[1], rule.capped(1.5f).in(DType.BF16, DType.F32));
    }

    private void rows(Layout layout, Rule rule) {
        String name = layout.name + " " + rule;
        cases.add(new OperatorCase(name, rule.tolerance(), in -> rows(in, layout, rule, true)));
        if (layout.tokens == layout.keyRows) {
            cases.add(new OperatorCase(name + " backward", rule.tolerance(), in -> backward(in, layout, rule)));
        }
    }

    private static Op.Attention rows(Inputs in, Layout layout, Rule rule, boolean compare) {
        in.in(rule.dtype);
        Tensor q = in.normal(layout.tokens, (long) rule.heads * rule.headDim);
        Tensor k = in.normal(layout.keyRows, (long) rule.keyHeads * rule.headDim);
        Tensor v = in.normal(layout.keyRows, (long) rule.keyHeads * rule.headDim);
        return attention(in, q, k, v, in.segments(layout.segments), rule, compare);
    }

    private static Op.Attention attention(
            Inputs in, Tensor q, Tensor k, Tensor v, Segments segments, Rule rule, boolean compare) {
        in.in(rule.dtype);
        Tensor out = in.normal(q.rows(), q.columns());
        Tensor lse = in.in(DType.F32).normal(q.rows(), rule.heads);
        if (compare) {
            in.compared(out);
            in.compared(lse);
        }
        float scale = (float) (1 / Math.sqrt(rule.headDim));
        return new Op.Attention(q, k, v, segments, rule.headDim, scale, rule.window, rule.softCap, out, lse);
    }

    private static Op backward(Inputs in, Layout layout, Rule rule) {
        Op.Attention forward = rows(in, layout, rule, false);
        in.also(forward);
        in.in(rule.dtype);
        return new Op.AttentionBackward(
                forward,
                in.normal(forward.q().rows(), forward.q().columns()),
                in.output(forward.q().rows(), forward.q().columns()),
                in.output(forward.k().rows(), forward.k().columns()),
                in.output(forward.k().rows(), forward.k().columns()));
    }

    /** Sequences of a cache whose blocks lie in no order; where two are long enough, their first blocks are the same. */
    private void blocks(int[] queries, int[] keys, Rule rule) {
        String name = keys.length + " sequences in blocks of a cache, "
                + IntStream.of(queries).sum() + " queries, "
                + IntStream.of(keys).sum() + " keys, " + rule;
        cases.add(new OperatorCase(name, rule.tolerance(), in -> blocks(in, queries, keys, rule)));
    }

    private static Op blocks(Inputs in, int[] queries, int[] keys, Rule rule) {
        int longest = IntStream.of(keys).max().orElse(0);
        int width = Math.max(1, Math.ceilDiv(longest, BLOCK));
        int blocks = keys.length * width + 2;
        int[] table = java.util.Arrays.copyOf(Philox.permutation(5, 1, blocks), keys.length * width);
        boolean shared = keys.length > 1 && keys[0] > BLOCK && keys[1] > BLOCK;
        if (shared) {
            table[width] = table[0];
        }
        List<Integer> slots = new ArrayList<>();
        for (int s = 0; s < keys.length; s++) {
            for (int j = s == 1 && shared ? BLOCK : 0; j < keys[s]; j++) {
                slots.add(table[s * width + j / BLOCK] * BLOCK + j % BLOCK);
            }
        }
        long keyWidth = (long) rule.keyHeads * rule.headDim;
        in.in(rule.cache);
        Tensor keyCache = in.normal(blocks, BLOCK, keyWidth);
        Tensor valueCache = in.normal(blocks, BLOCK, keyWidth);
        in.in(rule.dtype);
        in.also(new Op.WriteKeyValues(
                in.normal(slots.size(), keyWidth),
                in.normal(slots.size(), keyWidth),
                in.ids(slots.stream().mapToInt(Integer::intValue).toArray()),
                rule.headDim,
                keyCache,
                valueCache));
        Segments segments = in.segments(SegmentBounds.ofQueries(queries, keys), table, width, blocks, BLOCK);
        Tensor q = in.normal(IntStream.of(queries).sum(), (long) rule.heads * rule.headDim);
        return attention(in, q, keyCache, valueCache, segments, rule, true);
    }

    private static Layout decoding(String name, int... keys) {
        int[] ones = new int[keys.length];
        java.util.Arrays.fill(ones, 1);
        SegmentBounds packed = SegmentBounds.packed(keys);
        int[] starts = IntStream.range(0, keys.length).toArray();
        return new Layout(
                name, keys.length, IntStream.of(keys).sum(), new SegmentBounds(starts, ones, packed.keyStart(), keys));
    }

    private static SegmentBounds bounds(int[] start, int[] length, int... keyStart) {
        return new SegmentBounds(start, length, keyStart, length);
    }
}
