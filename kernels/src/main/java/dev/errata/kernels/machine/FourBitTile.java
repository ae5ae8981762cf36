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

    private static Zmm sum(int row, int half) {
        return new Zmm(2 * row + half);
    }

    /**
     * A function of: A, rows of bf16, bytes between them, the panel's first unit, units (at least 1), the table F32 [16], C, bytes between its
     * rows, 0 to begin with 0 or 1 with what is in C.
     */
    public MachineCode code() {
        Assembler a = new Assembler("four bits by " + rows + " rows of bf16, " + layout);
        FourBitSteps steps = new FourBitSteps(layout, UNIT, UNITS, TABLE, ANY, C_STRIDE, Gpr.R11, WORDS);
        a.push(WORDS);
        begin(a);
        steps.write(
                a,
                (pair, lower, upper) -> {
                    for (int row = 0; row < rows; row++) {
                        a.vpbroadcastd(PAIR, row == 0 ? at(A, pair * 4) : at(A, STRIDE, row, pair * 4));
                        a.vdpbf16ps(sum(row, 0), lower, PAIR);
                        a.vdpbf16ps(sum(row, 1), upper, PAIR);
                    }
                },
                () -> a.add(A, FourBitSteps.STEPS * 2));
        a.mov(C_STRIDE, at(Gpr.RSP, 16));
        for (int row = 0; row < rows; row++) {
            a.vmovups(at(C), sum(row, 0));
            a.vmovups(at(C, Zmm.BYTES), sum(row, 1));
            a.add(C, C_STRIDE);
        }
        a.pop(WORDS);
        a.ret();
        steps.constants(a);
        return a.assemble();
    }

    /** The sums are 0 or what is in C. */
    private void begin(Assembler a) {
        Label zero = a.label("zero");
        Label begun = a.label("begun");
        a.mov(ANY, at(Gpr.RSP, 24));
        a.cmp(ANY, 0);
        a.je(zero);
        a.mov(C_STRIDE, at(Gpr.RSP, 16));
        a.mov(ANY, C);
        for (int row = 0; row < rows; row++) {
            a.vmovups(sum(row, 0), at(ANY));
            a.vmovups(sum(row, 1), at(ANY, Zmm.BYTES));
            a.add(ANY, C_STRIDE);
        }
        a.jmp(begun);
        a.bind(zero);
        for (int row = 0; row < rows; row++) {
            a.vpxord(sum(row, 0), sum(row, 0), sum(row, 0));
            a.vpxord(sum(row, 1), sum(row, 1), sum(row, 1));
        }
        a.bind(begun);
    }
}
