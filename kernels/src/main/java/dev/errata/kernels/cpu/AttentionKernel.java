package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/**
 * Causal softmax attention. Tasks are blocks of 48 queries of one head. Sequences with few queries over a cache, as in
 * decoding, go query by query, some heads with the same key head together; those that begin in the same blocks of the cache
 * go together, a key head a task.
 */
final class AttentionKernel {
    private static final int FEW_QUERIES = 8;

    private final Workers workers;
    private final Scratch[] scratch;
    /** Null without machine code for it. */
    private final Bf16Attention bf16;

    private final PrefixGroups groups = new PrefixGroups();

    AttentionKernel(Workers workers, Scratch[] scratch, Bf16Attention bf16) {
        this.workers = workers;
        this.scratch = scratch;
        this.bf16 = bf16;
    }

    void forward(Op.Attention op) {
        HeadLayout layout = new HeadLayout(op);
        groups.of(layout, workers.count());
        boolean byMachineCode = bf16 != null && bf16.takes(layout);
        int together = byMachineCode ? CachedRow.partsOfGroup(layout) : together(layout);
        int headsTogether = byMachineCode ? 1 : headsTogether(layout);
        int tasks = 0;
        for (int s = 0; s < layout.sequences; s = groups.end(s)) {
            tasks += tasks(layout, s, together, headsTogether);
        }
        workers.parallelFor(tasks, (task, worker) -> {
            int rest = task;
            int segment = 0;
            while (rest >= tasks(layout, segment, together, headsTogether)) {
                rest -= tasks(layout, segment, together, headsTogether);
                segment = groups.end(segment);
            }
            Scratch mine = scratch[worker];
            if (byMachineCode) {
                forwardBf16(layout, segment, rest, mine);
            } else if (groups.keys(segment) > 0) {
                SharedRows.forward(layout, segment, groups.end(segment), groups.keys(segment), rest, mine);
            } else if (goesByQuery(layout, segment)) {
                int tasksOfQuery = CachedRow.parts(layout) / together;
                int first = rest % tasksOfQuery * together;
                CachedRow.forward(layout, segment, rest / tasksOfQuery, first, first + together, mine);
            } else {
                int parts = layout.heads / headsTogether;
                int first = rest / parts * AttentionBlock.QUERIES;
                forward(layout, segment, first, rest % parts * headsTogether, headsTogether, mine);
            }
        });
    }

    /** The i-th task of a segment, or of a group of them. */
    private void forwardBf16(HeadLayout layout, int segment, int i, Scratch mine) {
        if (groups.keys(segment) > 0) {
            bf16.forward(layout, segment, groups.end(segment), groups.keys(segment), 0, i, mine);
        } else if (goesByQuery(layout, segment)) {
            bf16.forward(layout, segment, segment + 1, 0, i / layout.keyHeads, i % layout.keyHeads, mine);
        } else {
            bf16.forward(layout, segment, i / layout.heads * AttentionBlock.QUERIES, i % layout.heads, mine);
        }
    }

    /**
     * Parts of a query that a task takes together: what they read of the cache lies in one piece, or is the same. Where there
     * are few queries, fewer parts, so that all threads have some.
     */
    private int together(HeadLayout layout) {
        int queries = 0;
        for (int s = 0; s < layout.sequences; s = groups.end(s)) {
            queries += groups.keys(s) == 0 && goesByQuery(layout, s) ? layout.queries(s) : 0;
        }
        if (queries >= 4 * workers.count()) {
            return CachedRow.parts(layout);
        }
        return queries * layout.keyHeads >= 2 * workers.count() ? CachedRow.partsOfGroup(layout) : 1;
    }

    /** Heads of a block of queries that a task takes: those of a key head, whose keys in rows are turned for all of them, where tasks are enough. */
    private int headsTogether(HeadLayout layout) {
        int blocks = 0;
        for (int s = 0; s < layout.sequences; s = groups.end(s)) {
            boolean inBlocks = groups.keys(s) == 0 && !goesByQuery(layout, s);
            blocks += inBlocks ? Workers.tasks(layout.queries(s), AttentionBlock.QUERIES) : 0;
        }
        return blocks * layout.keyHeads >= 4 * workers.count() ? layout.group : 1;
    }

    private static boolean goesByQuery(HeadLayout layout, int segment) {
        return layout.blocks != null && layout.queries(segment) < FEW_QUERIES;
    }

    private int tasks(HeadLayout layout, int segment, int together, int headsTogether) {
        if (groups.keys(segment) > 0) {
            return layout.keyHeads;
        }
        int queries = layout.queries(segment);
        return goesByQuery(layout, segment)
                ? queries * (CachedRow.parts(layout) / together)
                : Workers.tasks(queries, AttentionBlock.QUERIES) * (layout.heads / headsTogether);
    }

    /** A block of queries of some heads that share a key head. */
    private static void forward(HeadLayout layout, int segment, int first, int head, int heads, Scratch mine) {
        AttentionBlock block = mine.attention.at(layout, segment, first);
        int keyHead = head / layout.group;
        KeyColumns keys;
        ValueRows values;
        if (layout.blocks == null) {
            PackedRows rows = packed(layout, layout.k, segment, keyHead, mine.packedKeys);
            long turned = mine.turned.floats(TurnedRows.floats(block.keys, layout.headDim));
            keys = mine.turnedKeys.of(rows, block.firstKey, block.keys, turned, mine);
            values = packed(layout, layout.v, segment, keyHead, mine.packedValues);
        } else {
            keys = mine.cachedKeys.at(layout, segment, keyHead);
            values = mine.cachedValues.at(layout, segment, keyHead);
        }
        for (int h = head; h < head + heads; h++) {
            forward(layout, block, segment, first, h, keys, values, mine);
        }
    }

    private static void forward(
            HeadLayout layout,
            AttentionBlock block,
            int segment,
            int first,
            int head,
            KeyColumns keys,
            ValueRows values,
            Scratch mine) {
        int d = layout.headDim;
        long room = mine.queries.floats((long) AttentionBlock.QUERIES * d);
        long q = layout.queryAddress(layout.q, layout.queryType, segment, first, head);
        long qStride = layout.queryStride(layout.queryType);
        if (layout.queryType != DType.F32) {
            RowConversion.widen(layout.queryType, q, qStride, d, block.queries, room, mine);
            q = room;
            qStride = d * 4L;
        }
        long scores = mine.floats((block.queries + 1) * block.stride / 4);
        block.scores(q, qStride, keys, ScoreMath.alpha(layout), scores);
        for (int i = 0; i < block.queries; i++) {
            int from = block.from(i);
            int count = block.to(i) - from;
            long row = scores + i * block.stride;
            long seen = row + from * 4L;
            ScoreMath.finish(layout, seen, count, scores + block.queries * block.stride, mine);
            float lse = ScoreMath.softmax(layout, seen, count, mine);
            Memory.set(layout.lse + (block.queryRow(i) * layout.heads + head) * 4, lse);
            RowMath.fill(row, from, 0);
            RowMath.fill(seen + count * 4L, block.keys - from - count, 0);
        }
        long out = layout.queryAddress(layout.out, layout.outType, segment, first, head);
        long outStride = layout.queryStride(layout.outType);
        if (layout.outType == DType.F32) {
            block.mix(scores, values, out, outStride);
        } else {
            block.mix(scores, values, room, d * 4L);
            RowConversion.narrow(room, d * 4L, layout.outType, out, outStride, d, block.queries, mine);
        }
    }

    private static PackedRows packed(HeadLayout layout, long base, int segment, int keyHead, PackedRows rows) {
        long address = layout.keyAddress(base, layout.keyType, segment, keyHead);
        return rows.of(address, layout.keyStride(layout.keyType), layout.keyType, layout.headDim);
    }
}
