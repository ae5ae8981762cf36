package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Writes a panel of 32 outputs from the rows of a matrix [out, in], whole runs of 16 inputs: one turned square, or two, a run. */
public record PanelOfRows(Elements elements) {
    /** Inputs of a run. */
    public static final int RUN = TurnedSquare.SIZE;

    /** What a row consists of, and so what the panel's words are. */
    public enum Elements {
        /** 32 bits; a step of the panel is 32 words, of outputs 0–31. */
        WORDS,
        /** 16 bits; a step is 16 words, which hold outputs o and o + 16. */
        HALVES
    }

    private static final Gpr ROWS = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr OTHERS = Gpr.RDX;
    private static final Gpr TO = Gpr.RCX;
    private static final Gpr RUNS = Gpr.R8;
    private static final Gpr ROW = Gpr.RAX;
    private static final Gpr OTHER = Gpr.R9;

    /** A function of: the first of 16 rows, bytes from each to the next, the first of 16 others, the panel, runs (at least 1). */
    public MachineCode code() {
        Assembler a = new Assembler("panel of rows of " + elements);
        Label loop = a.here("loop");
        switch (elements) {
            case WORDS -> {
                words(a, ROWS, 0);
                words(a, OTHERS, Zmm.BYTES);
                advance(a, 4, 2 * Zmm.BYTES);
            }
            case HALVES -> {
                halves(a);
                advance(a, 2, Zmm.BYTES);
            }
        }
        a.sub(RUNS, 1);
        a.jne(loop);
        a.ret();
        return a.assemble();
    }

    private static void words(Assembler a, Gpr rows, int at) {
        a.mov(ROW, rows);
        for (int row = 0; row < TurnedSquare.SIZE; row++) {
            a.vmovups(new Zmm(row), at(ROW));
            a.add(ROW, STRIDE);
        }
        TurnedSquare.turn(a, (turned, step) -> a.vmovups(at(TO, step * 2 * Zmm.BYTES + at), turned));
    }

    private static void halves(Assembler a) {
        a.mov(ROW, ROWS);
        a.mov(OTHER, OTHERS);
        for (int row = 0; row < TurnedSquare.SIZE; row++) {
            Zmm lower = new Zmm(row);
            Zmm upper = new Zmm(TurnedSquare.SIZE + row);
            a.vpmovzxwd(lower, at(ROW));
            a.vpmovzxwd(upper, at(OTHER));
            a.vpslld(upper, upper, 16);
            a.vpord(lower, lower, upper);
            a.add(ROW, STRIDE);
            a.add(OTHER, STRIDE);
        }
        TurnedSquare.turn(a, (turned, step) -> a.vmovups(at(TO, step * Zmm.BYTES), turned));
    }

    private static void advance(Assembler a, int elementBytes, int stepBytes) {
        a.add(ROWS, RUN * elementBytes);
        a.add(OTHERS, RUN * elementBytes);
        a.add(TO, RUN * stepBytes);
    }
}
