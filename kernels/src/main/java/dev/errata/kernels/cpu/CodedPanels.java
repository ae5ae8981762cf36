package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/**
 * Elements as codes of few bits, runs of which share a scale and in some formats a minimum: value of the code · scale (+
 * minimum), each operation rounded as in the format's plain decoder, then rounded to a type.
 *
 * @param run elements of a row under one scale: a multiple of 16
 * @param low the codes, or their lower bits
 * @param high the codes' upper bits, or null
 * @param table F32 [16], what codes of 4 bits stand for; null where they are numbers less {@code offset}
 * @param offset taken from a code, or its sign bit's worth where codes of 8 bits are signed
 * @param dtype what an element is rounded to: F32, BF16 or F16
 */
record CodedPanels(int run, Plane low, Plane high, float[] table, int offset, RunScales scales, DType dtype)
        implements PanelForm {
    /** Inputs whose scales are read at a time: a block of any format. */
    private static final int BLOCK = 256;

    @Override
    public void widen(long base, int panel, int k, int depth, float[] to, int at, Scratch mine) {
        int first = k / run;
        int runs = (k + depth - 1) / run - first + 1;
        float[] factors = mine.scales(2 * runs * Tile.COLUMNS);
        int mins = runs * Tile.COLUMNS;
        scales.read(base, panel, first, runs, factors, mins);
        int end = k + depth;
        for (int i = 0; i < runs; i++) {
            int from = Math.max(k, (first + i) * run);
            int count = Math.min(end, (first + i + 1) * run) - from;
            int scaleAt = i * Tile.COLUMNS;
            int minAt = scales.hasMinima() ? mins + scaleAt : -1;
            codes(base, panel, from, count, factors, scaleAt, minAt, to, at + (from - k) * Tile.COLUMNS);
        }
        if (dtype != DType.F32) {
            RoundMath.to(dtype, to, at, depth * Tile.COLUMNS);
        }
    }

    private void codes(
            long base, int panel, int k, int count, float[] factors, int scaleAt, int minAt, float[] to, int at) {
        long words = low.words(base, panel, k);
        if (table != null) {
            if (minAt < 0) {
                CodeMath.table(table, words, count, factors, scaleAt, to, at);
            } else {
                CodeMath.tableWithMinimum(table, words, count, factors, scaleAt, minAt, to, at);
            }
        } else if (low.bits() == 8) {
            CodeMath.bytes(words, count, factors, scaleAt, to, at);
        } else {
            long upper = high == null ? words : high.words(base, panel, k);
            int upperBits = high == null ? 0 : high.bits();
            CodeMath.split(words, low.bits(), upper, upperBits, offset, count, factors, scaleAt, minAt, to, at);
        }
    }

    @Override
    public boolean multiplies(int height) {
        return height == 1
                && (dtype == DType.F32 || (dtype == DType.BF16 && table != null && scales instanceof RunScales.Floats))
                && (table == null || (Lanes.COUNT == table.length && !isNestedTable()));
    }

    /** Those of a table with scales of scales and no minima, which only IQ4_XS has, are widened. */
    private boolean isNestedTable() {
        return scales instanceof RunScales.Products && !scales.hasMinima();
    }

    @Override
    public int group() {
        return 1;
    }

    /** As many whole runs at once as can be. */
    @Override
    public void multiply(
            float[] a, int height, long base, int panel, int panels, int k, int depth, float[] tiles, Scratch mine) {
        int most = scalesAreStreamed() ? Integer.MAX_VALUE : Math.max(1, BLOCK / run);
        for (int step = 0; step < depth; ) {
            int within = (k + step) % run;
            int whole = within == 0 ? Math.min(most, (depth - step) / run) : 0;
            int steps = whole > 0 ? run : Math.min(run - within, depth - step);
            int runs = Math.max(1, whole);
            if (scalesAreStreamed()) {
                streamed(a, step, base, panel, k + step, runs, steps, tiles);
            } else {
                read(a, step, base, panel, k + step, runs, steps, tiles, mine);
            }
            step += runs * steps;
        }
    }

    /** Whether there is a loop that takes scales as they are stored. */
    private boolean scalesAreStreamed() {
        return switch (scales) {
            case RunScales.Floats floats -> table != null;
            case RunScales.Halves halves -> !halves.hasMinima() && (table != null || low.bits() == 8);
            case RunScales.Products products -> false;
        };
    }

    private void streamed(float[] a, int aAt, long base, int panel, int k, int runs, int steps, float[] sums) {
        long words = low.words(base, panel, k);
        long stride = low.stride(run);
        long from = scales.at(base, panel, k / run);
        if (table == null) {
            CodeRow.bytes(a, aAt, words, from, stride, runs, steps, sums);
        } else if (scales instanceof RunScales.Floats && dtype == DType.BF16) {
            CodeRow.tableByFloatsToBf16(table, a, aAt, words, from, stride, runs, steps, sums);
        } else if (scales instanceof RunScales.Floats) {
            CodeRow.tableByFloats(table, a, aAt, words, from, stride, runs, steps, sums);
        } else {
            CodeRow.tableByHalves(table, a, aAt, words, from, stride, runs, steps, sums);
        }
    }

    private void read(
            float[] a, int aAt, long base, int panel, int k, int runs, int steps, float[] sums, Scratch mine) {
        float[] factors = mine.scales(2 * runs * Tile.COLUMNS);
        int mins = runs * Tile.COLUMNS;
        scales.read(base, panel, k / run, runs, factors, mins);
        int minAt = scales.hasMinima() ? mins : -1;
        long words = low.words(base, panel, k);
        long stride = low.stride(run);
        if (table != null) {
            CodeRow.tableWithMinimum(table, a, aAt, words, stride, runs, steps, factors, minAt, sums);
        } else {
            long upper = high == null ? words : high.words(base, panel, k);
            long upperStride = high == null ? 0 : high.stride(run);
            int upperBits = high == null ? 0 : high.bits();
            CodeRow.split(
                    a,
                    aAt,
                    words,
                    stride,
                    low.bits(),
                    upper,
                    upperStride,
                    upperBits,
                    offset,
                    runs,
                    steps,
                    factors,
                    minAt,
                    sums);
        }
    }
}
