package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.FourBitLayout;
import dev.errata.kernels.machine.Int8Tile;
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
    private static final float[] ONES = ones();

    private static float[] ones() {
        float[] ones = new float[Tile.COLUMNS];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    @Override
    public void widen(long base, int panel, int k, int depth, float[] to, int at, Scratch mine) {
        int first = k / run;
        int runs = (k + depth - 1) / run - first + 1;
        float[] factors = mine.scales(2 * runs * Tile.COLUMNS);
        int mins = runs * Tile.COLUMNS;
        scales.read(base, panel, first, runs, factors, 0, mins);
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

    /** The codes of a run as the numbers they stand for, not yet scaled: to[i · COLUMNS + o]. */
    void unscaled(long base, int panel, int which, float[] to) {
        codes(base, panel, which * run, run, ONES, 0, -1, to, 0);
    }

    /**
     * How the codes lie, for products by machine code; null where what codes stand for isn't what they are, less one number, or they have
     * fewer than 4 bits.
     */
    Int8Tile.Layout layout() {
        Int8Tile.RunNumbers numbers = scales.numbers();
        if (numbers == null || low.bits() < 4 || (table != null && !isCounting(table))) {
            return null;
        }
        return new Int8Tile.Layout(
                run,
                low.bits(),
                high == null ? 0 : high.bits(),
                low.steps() / run,
                (int) low.offset(),
                high == null ? 0 : (int) high.offset(),
                (int) low.unitBytes(),
                numbers);
    }

    /** How the codes of a blockwise 4-bit weight in bf16 lie, for machine code that widens them; null for others. */
    FourBitLayout pairLayout() {
        if (dtype != DType.BF16 || table == null || !(scales instanceof RunScales.Floats floats)) {
            return null;
        }
        return new FourBitLayout(
                run, low.steps() / run, (int) low.offset(), (int) floats.offset(), (int) low.unitBytes());
    }

    boolean hasMinima() {
        return scales.hasMinima();
    }

    /** Inputs of a unit. */
    int inputsPerUnit() {
        return low.steps();
    }

    /** Where the first unit of a panel lies. */
    long unit(long base, int panel) {
        return unit(base, panel, 0);
    }

    /** Where a unit of a panel lies. */
    long unit(long base, int panel, int unit) {
        return low.words(base, panel, unit * low.steps()) - low.offset();
    }

    /** What is taken from a code as it is stored, an unsigned number; that of {@link #layout}. */
    int excess() {
        if (low.bits() == 8) {
            return 128;
        }
        return table == null ? offset : (int) -table[0];
    }

    private static boolean isCounting(float[] table) {
        for (int i = 0; i < table.length; i++) {
            if (table[i] != table[0] + i) {
                return false;
            }
        }
        return true;
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
                && (table == null || Lanes.COUNT == table.length);
    }

    /** The whole runs of a unit at once. */
    @Override
    public void multiply(
            float[] a, int height, long base, int panel, int other, int k, int depth, float[] tiles, Scratch mine) {
        int perUnit = low.steps() / run;
        for (int step = 0; step < depth; ) {
            int within = (k + step) % run;
            int left = perUnit - (k + step) / run % perUnit;
            int whole = within == 0 ? Math.min(left, (depth - step) / run) : 0;
            int steps = whole > 0 ? run : Math.min(run - within, depth - step);
            int runs = Math.max(1, whole);
            multiply(a, step, base, panel, other, k + step, runs, steps, tiles, mine);
            step += runs * steps;
        }
    }

    private void multiply(
            float[] a,
            int aAt,
            long base,
            int panel,
            int other,
            int k,
            int runs,
            int steps,
            float[] sums,
            Scratch mine) {
        int second = runs * Tile.COLUMNS;
        int mins = 2 * second;
        float[] factors = mine.scales(2 * mins);
        scales.read(base, panel, k / run, runs, factors, 0, mins);
        scales.read(base, other, k / run, runs, factors, second, mins + second);
        long words = low.words(base, panel, k);
        long others = low.words(base, other, k);
        long stride = low.stride(run);
        if (table == null && low.bits() != 8) {
            split(a, aAt, base, panel, k, runs, steps, factors, 0, mins, sums, 0);
            split(a, aAt, base, other, k, runs, steps, factors, second, mins + second, sums, Tile.COLUMNS);
        } else if (table == null) {
            CodeRow.bytes(a, aAt, words, others, stride, runs, steps, factors, second, sums);
        } else if (scales.hasMinima()) {
            CodeRow.tableWithMinimum(table, a, aAt, words, others, stride, runs, steps, factors, second, mins, sums);
        } else if (dtype == DType.BF16) {
            CodeRow.tableToBf16(table, a, aAt, words, others, stride, runs, steps, factors, second, sums);
        } else {
            CodeRow.table(table, a, aAt, words, others, stride, runs, steps, factors, second, sums);
        }
    }

    private void split(
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
            float[] sums,
            int sumAt) {
        long words = low.words(base, panel, k);
        long upper = high == null ? words : high.words(base, panel, k);
        long upperStride = high == null ? 0 : high.stride(run);
        int upperBits = high == null ? 0 : high.bits();
        CodeRow.split(
                a,
                aAt,
                words,
                low.stride(run),
                low.bits(),
                upper,
                upperStride,
                upperBits,
                offset,
                runs,
                steps,
                factors,
                scaleAt,
                scales.hasMinima() ? mins : -1,
                sums,
                sumAt);
    }
}
