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
        return height == 1 && dtype == DType.F32 && (table == null || Lanes.COUNT == table.length);
    }

    @Override
    public int group() {
        return 1;
    }

    @Override
    public void multiply(
            float[] a, int height, long base, int panel, int panels, int k, int depth, float[] tiles, Scratch mine) {
        for (int step = 0; step < depth; step += BLOCK) {
            row(a, step, base, panel, k + step, Math.min(BLOCK, depth - step), tiles, mine);
        }
    }

    /** All runs at once where they are whole, else one after another. */
    private void row(float[] a, int aAt, long base, int panel, int k, int depth, float[] sums, Scratch mine) {
        int first = k / run;
        int runs = (k + depth - 1) / run - first + 1;
        float[] factors = mine.scales(2 * runs * Tile.COLUMNS);
        int mins = runs * Tile.COLUMNS;
        scales.read(base, panel, first, runs, factors, mins);
        if (k % run == 0 && depth % run == 0) {
            row(a, aAt, base, panel, k, runs, run, factors, 0, mins, sums);
            return;
        }
        int end = k + depth;
        for (int i = 0; i < runs; i++) {
            int from = Math.max(k, (first + i) * run);
            int count = Math.min(end, (first + i + 1) * run) - from;
            row(a, aAt + from - k, base, panel, from, 1, count, factors, i * Tile.COLUMNS, mins, sums);
        }
    }

    private void row(
            float[] a,
            int aAt,
            long base,
            int panel,
            int k,
            int runs,
            int steps,
            float[] factors,
            int scaleAt,
            int mins,
            float[] sums) {
        long words = low.words(base, panel, k);
        int minAt = scales.hasMinima() ? mins + scaleAt : -1;
        if (table != null) {
            if (minAt < 0) {
                CodeRow.table(table, a, aAt, words, runs, steps, factors, scaleAt, sums);
            } else {
                CodeRow.tableWithMinimum(table, a, aAt, words, runs, steps, factors, scaleAt, minAt, sums);
            }
        } else if (low.bits() == 8) {
            CodeRow.bytes(a, aAt, words, runs, steps, factors, scaleAt, sums);
        } else {
            long upper = high == null ? words : high.words(base, panel, k);
            int upperBits = high == null ? 0 : high.bits();
            CodeRow.split(
                    a, aAt, words, low.bits(), upper, upperBits, offset, runs, steps, factors, scaleAt, minAt, sums);
        }
    }
}
