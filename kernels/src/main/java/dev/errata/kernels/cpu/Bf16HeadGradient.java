package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.AmxBf16Tile;
import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The gradient of attention for one key head of one sequence with all five products by {@link AttentionProducts}. Probabilities and gradients of scores
 * are rounded to bf16 before they are multiplied, as torch does. dK and dV are summed transposed, [D, keys]: so probabilities
 * are read as they lie, and only 48 rows of q and of dOut are turned.
 *
 * <p>A worker has one, for one head after another.
 */
final class Bf16HeadGradient {
    private static final int COLUMNS = Bf16Tile.COLUMNS;
    /** Pairs of queries with zeros behind them, up to whole tiles of AMX. */
    private static final int PAIRS = Math.ceilDiv(AttentionBlock.QUERIES, AmxBf16Tile.STEPS) * (AmxBf16Tile.STEPS / 2);

    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.SPECIES.vectorBitSize() / 2));

    /** Keys whose gradients are turned back at a time. */
    private static final int RUN = 128;

    private final Scratch mine;
    private AttentionProducts unit;
    private Op.AttentionBackward op;
    private HeadLayout layout;
    private int segment;
    private int keyHead;
    private int d;
    private int keys;
    private Bf16Keys products;
    /** Bytes of a row of dK and dV, [D, keys]. */
    private long sumStride;
    /** Bytes of a panel of keys. */
    private long panelBytes;

    private long keyPanels;
    private long valuePanels;
    private long dK;
    private long dV;
    private long out;
    private long dOut;
    private long words;
    private long turnedQ;
    private long turnedDOut;
    private long dQ;

    Bf16HeadGradient(Scratch mine) {
        this.mine = mine;
    }

    void run(AttentionProducts multiplies, Op.AttentionBackward of, HeadLayout heads, int ofSegment, int ofHead) {
        unit = multiplies.of(heads.headDim);
        op = of;
        layout = heads;
        segment = ofSegment;
        keyHead = ofHead;
        takeRoom();
        Memory.zero(dK, 2L * d * sumStride);
        for (int key = 0; key < keys; key += COLUMNS) {
            long at = key / COLUMNS * panelBytes;
            products.columns(layout.k, key, keyPanels + at);
            products.columns(layout.v, key, valuePanels + at);
        }
        for (int head = keyHead * layout.group; head < (keyHead + 1) * layout.group; head++) {
            for (int first = 0; first < layout.queries(segment); first += AttentionBlock.QUERIES) {
                backward(mine.attention.at(layout, segment, first), first, head);
            }
        }
        store(dK, op.dK());
        store(dV, op.dV());
        op = null; // what is kept would keep its tensors
    }

    private void takeRoom() {
        d = layout.headDim;
        keys = layout.keys(segment);
        products = mine.bf16Keys.at(unit, layout, segment, keyHead);
        int padded = Bf16Keys.padded(keys);
        sumStride = padded * 4L;
        panelBytes = 2L * d * COLUMNS;
        long panels = padded / COLUMNS * panelBytes;
        long sums = d * sumStride;
        long rows = 4L * AttentionBlock.QUERIES * d;
        long turned = 4L * PAIRS * d;
        long mixed = 4L * AttentionBlock.QUERIES * Bf16Keys.padded(d);
        keyPanels = mine.queries.floats((2 * (panels + sums + rows) + 3 * turned + mixed) / 4);
        valuePanels = keyPanels + panels;
        dK = valuePanels + panels;
        dV = dK + sums;
        out = dV + sums;
        dOut = out + rows;
        words = dOut + rows;
        turnedQ = words + turned;
        turnedDOut = turnedQ + turned;
        dQ = turnedDOut + turned;
    }

    private void backward(AttentionBlock block, int first, int head) {
        long stride = block.stride;
        int queries = block.queries;
        // Both have a row of zeros behind their last one, for an odd number of queries.
        long p = mine.floats((2 * queries + 4) * stride / 4);
        long dScores = p + (queries + 1) * stride;
        long room = dScores + (queries + 1) * stride;
        long queryStride = layout.queryStride(DType.BF16);
        long q = query(layout.q, DType.BF16, first, head);
        long dOutRows = query(Memory.anyFloats(op.dOut(), 0), DType.BF16, first, head);
        for (int key = 0; key < block.keys; key += COLUMNS) {
            long panel = (block.firstKey + key) / COLUMNS * panelBytes;
            products.multiply(q, queryStride, queries, keyPanels + panel, p + key * 4L, stride);
            products.multiply(dOutRows, queryStride, queries, valuePanels + panel, dScores + key * 4L, stride);
        }
        int padded = Bf16Keys.padded(block.keys);
        deltaRows(first, head, queries, dOutRows);
        long row = d * 4L;
        for (int i = 0; i < queries; i++) {
            float delta = (float) mine.rowsOfF32.dot(dOut + i * row, out + i * row, d);
            scoreGradients(block, i, head, delta, p + i * stride, dScores + i * stride, room, padded);
        }
        Memory.zero(p + queries * stride, stride);
        Memory.zero(dScores + queries * stride, stride);
        turn(q, queryStride, queries, turnedQ);
        turn(dOutRows, queryStride, queries, turnedDOut);
        spread(turnedDOut, p, block, dV);
        spread(turnedQ, dScores, block, dK);
        long dQStride = Bf16Keys.padded(d) * 4L;
        int end = block.firstKey + block.keys;
        products.mix(layout.k, dScores, stride, queries, block.firstKey, end, dQ, dQStride, false);
        DType type = op.dQ().dtype();
        long to = query(Memory.anyFloats(op.dQ(), 0), type, first, head);
        RowConversion.narrow(dQ, dQStride, type, to, layout.queryStride(type), d, queries, mine);
    }

    private long query(long base, DType type, int first, int head) {
        return layout.queryAddress(base, type, segment, first, head);
    }

    /** The rows of out and dOut in F32, whose products are taken from gradients of probabilities. */
    private void deltaRows(int first, int head, int queries, long dOutRows) {
        DType type = layout.outType;
        long from = query(layout.out, type, first, head);
        RowConversion.widen(type, from, layout.queryStride(type), d, queries, out, mine);
        RowConversion.widen(DType.BF16, dOutRows, layout.queryStride(DType.BF16), d, queries, dOut, mine);
    }

    /** Rows of scores and of gradients of probabilities become probabilities and gradients of scores in BF16, with zeros up to whole panels. */
    private void scoreGradients(
            AttentionBlock block, int i, int head, float delta, long row, long dRow, long room, int padded) {
        int from = block.from(i);
        int to = block.to(i);
        if (to == from || !mine.bf16Scores.takes(layout.rounds, layout.softCap)) {
            AttentionGradient.softmaxGradient(layout, block, i, head, delta, row, dRow, room, mine);
            narrow(row, block.keys, padded);
            narrow(dRow, block.keys, padded);
            return;
        }
        float lse = Memory.get(layout.lse + (block.queryRow(i) * layout.heads + head) * 4);
        long seen = from * 4L;
        long half = from * 2L;
        mine.bf16Scores.gradient(row + seen, dRow + seen, to - from, layout.scale, lse, delta, row + half, dRow + half);
        Memory.zero(row, half);
        Memory.zero(dRow, half);
        Memory.zero(row + to * 2L, (padded - to) * 2L);
        Memory.zero(dRow + to * 2L, (padded - to) * 2L);
    }

    /** A row of so many keys becomes BF16 in its place, with zeros up to whole panels. */
    private void narrow(long row, int count, int padded) {
        RowMath.fill(row + count * 4L, padded - count, 0);
        mine.rowsOfBf16.narrow(row, 0, row, 0, 1, padded);
    }

    /** to [D][64] = rows [64][D], BF16; zeros beyond the last row. */
    private void turn(long rows, long stride, int count, long to) {
        Memory.zero(words, 4L * PAIRS * d);
        for (int i = 0; i < count; i += 2) {
            long next = i + 1 < count ? rows + (i + 1) * stride : 0;
            pairs(rows + i * stride, next, d, words + i / 2 * (d * 4L));
        }
        float[] turned = mine.aPanels(PAIRS * d);
        PanelPacking.transposed(words, d * 4L, PAIRS, d, PAIRS, turned, 0, mine.between);
        Memory.setFloats(to, turned, 0, PAIRS * d);
    }

    /**
     * Elements of two rows of BF16 beside each other in words.
     *
     * @param next 0 for zeros
     */
    private static void pairs(long row, long next, int count, long to) {
        int whole = next == 0 ? 0 : Lanes.floor(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            IntVector low = (IntVector) ShortVector.fromMemorySegment(HALVES, Memory.ALL, row + i * 2L, Lanes.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0);
            IntVector high = (IntVector) ShortVector.fromMemorySegment(HALVES, Memory.ALL, next + i * 2L, Lanes.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0);
            high.lanewise(VectorOperators.LSHL, 16).or(low).intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            int high = next == 0 ? 0 : Memory.getShort(next + i * 2L) << 16;
            Memory.setInt(to + i * 4L, high | (Memory.getShort(row + i * 2L) & 0xFFFF));
        }
    }

    /** sums [D, keys] += turned rows · scores. */
    private void spread(long turned, long scores, AttentionBlock block, long sums) {
        int even = block.queries + (block.queries & 1);
        for (int key = 0; key < block.keys; key += COLUMNS) {
            unit.multiplyRows(
                    turned,
                    PAIRS * 4L,
                    d,
                    scores + key * 2L,
                    block.stride,
                    even,
                    COLUMNS,
                    sums + (block.firstKey + key) * 4L,
                    sumStride,
                    true,
                    mine);
        }
    }

    /** The head's rows of dK or dV. */
    private void store(long sums, Tensor tensor) {
        DType type = tensor.dtype();
        long to = layout.keyAddress(Memory.anyFloats(tensor, 0), type, segment, keyHead);
        long stride = layout.keyStride(type);
        long row = mine.rows(COLUMNS);
        float[] turned = mine.aPanels(RUN * COLUMNS);
        for (int key = 0; key < keys; key += RUN) {
            int count = Math.min(RUN, keys - key);
            for (int c = 0; c < d; c += COLUMNS) {
                int columns = Math.min(COLUMNS, d - c);
                long from = sums + c * sumStride + key * 4L;
                PanelPacking.transposed(from, sumStride, columns, count, COLUMNS, turned, 0, mine.between);
                for (int i = 0; i < count; i++) {
                    Memory.setFloats(row, turned, i * COLUMNS, columns);
                    HalfMath.narrow(row, type, columns, to + (key + i) * stride + (long) c * type.bytes());
                }
            }
        }
    }
}
