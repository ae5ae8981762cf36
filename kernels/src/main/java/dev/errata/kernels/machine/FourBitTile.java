package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * {@link Bf16Tile} of few rows by a panel of blockwise 4-bit codes, which are multiplied as they become bf16 ({@link FourBitSteps}) and
 * aren't written: c [rows][32] = start + A · B, to the same bits. A row's two chains of sums take long; meanwhile codes are widened.
 *
 * @param rows 1 to {@link #MOST_ROWS}
 */
public record FourBitTile(int rows, FourBitLayout layout) {
    /** Rows whose addresses are a register and a stride. */
    public static final int MOST_ROWS = 3;

    private static final Gpr A = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr UNIT = Gpr.RDX;
    private static final Gpr UNITS = Gpr.RCX;
    private static final Gpr TABLE = Gpr.R8;
    private static final Gpr C = Gpr.R9;
    private static final Gpr ANY = Gpr.RAX;
    private static final Gpr C_STRIDE = Gpr.R10;
    private static final Gpr WORDS = Gpr.RBX;
    private static final Zmm PAIR = new Zmm(21);

    /**
     * A function of: A, rows of bf16, bytes between them, the panel's first unit, units (at least 1), the table F32 [16], C, bytes between its
     * rows, 0 to begin with 0 or 1 with what is in C.
     */
    public MachineCode code() {
        Assembler a = new Assembler("four bits by " + rows + " rows of bf16, " + layout);
        FourBitSteps steps = new FourBitSteps(layout, UNIT, UNITS, TABLE, ANY, C_STRIDE, Gpr.R11, WORDS);
        a.push(WORDS);
        TileSums sums = new TileSums(a, rows);
        begin(a, sums);
        steps.write(
                a,
                (pair, lower, upper) -> {
                    for (int row = 0; row < rows; row++) {
                        a.vpbroadcastd(PAIR, row == 0 ? at(A, pair * 4) : at(A, STRIDE, row, pair * 4));
                        a.vdpbf16ps(sums.sum(row, 0), lower, PAIR);
                        a.vdpbf16ps(sums.sum(row, 1), upper, PAIR);
                    }
                },
                () -> a.add(A, FourBitSteps.STEPS * 2));
        a.mov(C_STRIDE, at(Gpr.RSP, 16));
        sums.store(C, C_STRIDE);
        a.pop(WORDS);
        a.ret();
        steps.constants(a);
        return a.assemble();
    }

    /** The sums are 0 or what is in C. */
    private static void begin(Assembler a, TileSums sums) {
        a.mov(ANY, at(Gpr.RSP, 24));
        a.mov(C_STRIDE, at(Gpr.RSP, 16));
        sums.begin(ANY, C, C_STRIDE);
    }
}
