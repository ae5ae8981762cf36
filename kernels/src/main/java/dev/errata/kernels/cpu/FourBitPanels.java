package dev.errata.kernels.cpu;

import dev.errata.tensor.Weight;

/** Brings a blockwise 4-bit weight into panels: its codes as they are, the scale of each run of a row as F32. */
final class FourBitPanels {
    private final FourBitRows rows;
    private final int in;
    private final int run;
    private final int blockSize;
    private final Plane codes;
    private final RunScales.Floats scales;
    private final CodedPanels form;
    private final PanelUnits units;
    private final int panels;

    /** Whether the elements under one scale are, in every row, runs that panels can hold. */
    static boolean canHold(Weight.FourBit w) {
        return run(w) % 16 == 0;
    }

    /** Elements of a row that never have two scales: blocks are counted over the flat matrix. */
    private static int run(Weight.FourBit w) {
        int a = w.in();
        int b = w.blockSize();
        while (b != 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        return a;
    }

    FourBitPanels(Weight.FourBit w, int panels) {
        rows = new FourBitRows(w);
        in = w.in();
        blockSize = w.blockSize();
        run = run(w);
        this.panels = panels;
        int together = PanelUnits.runs(in / run);
        units = new PanelUnits(in / run / together);
        scales = new RunScales.Floats(units, units.floats(together), together);
        codes = units.plane(together * run, 4);
        form = new CodedPanels(run, codes, null, rows.codebook(), 0, scales, w.dtype());
    }

    CodedPanels form() {
        return form;
    }

    long bytes() {
        return units.bytes(panels);
    }

    /** The codes of a row, two a byte. */
    long row(int row) {
        return rows.codes() + (long) row * in / 2;
    }

    /** Writes the codes of two rows, which become outputs {@code lane} and W + lane of a panel. */
    void pack(long a, long b, long base, int panel, int lane) {
        for (int k = 0; k < in; k += run) {
            BitFields.pairs(a + k / 2, b + k / 2, run / 2, codes.words(base, panel, k) + lane * 4L);
        }
    }

    /** Writes the scales of a row, or 0 where there is no such row. */
    void packScales(int row, boolean exists, long base, int panel, int output) {
        for (int i = 0; i < in / run; i++) {
            float scale = exists ? rows.scale(((long) row * in + (long) i * run) / blockSize) : 0;
            // One NaN for all, of which rounding in a product makes none but a NaN.
            Memory.set(scales.at(base, panel, i) + output * 4L, Float.isNaN(scale) ? Float.NaN : scale);
        }
    }
}
