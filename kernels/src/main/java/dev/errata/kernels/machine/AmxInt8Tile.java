package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * What {@link Int8Tile} computes, to the same bits, on AMX: c [rows][32] += A · B, B what {@link PanelCodes} wrote. A tile holds one run
 * of elements under one scale, whose integer sums, exact, go through memory to be scaled: sum · (scale · d) to the f32 sum by one FMA, and
 * where there are minima, minimum · (d · sum of the row's codes) by another. 16 outputs are taken through all runs, then the other 16. While
 * the sums of one run are scaled, the tiles multiply the next, into other memory, so that nobody waits for sums.
 *
 * @param rows 1 to {@link #MOST_ROWS}
 * @param run elements under one scale: 16 or 32
 */
public record AmxInt8Tile(int rows, int run, boolean hasMinima) {
    public static final int MOST_ROWS = TileShapes.ROWS;

    private static final int SUMS_BYTES = MOST_ROWS * 2 * Zmm.BYTES;

    /** Bytes that integer sums of two runs go through. */
    public static final int ROOM = 2 * SUMS_BYTES;

    private static final int PAIR_BYTES = 2 * Zmm.BYTES;

    private static final Gpr NUMBERS = Gpr.RDI;
    private static final Gpr CODES = Gpr.RSI;
    private static final Gpr STRIDE = Gpr.RDX;
    private static final Gpr B = Gpr.RCX;
    private static final Gpr SCALES = Gpr.R8;
    private static final Gpr RUNS = Gpr.R9;
    private static final Gpr ROW = Gpr.RAX;
    private static final Gpr NUMBER = Gpr.R10;
    private static final Gpr CODE = Gpr.R11;
    /** From four steps of the panel to the next, and from a row of integer sums to the next. */
    private static final Gpr PAIR_STRIDE = Gpr.RBX;

    /** Of sums that the tiles write, and of those that are scaled; this one's register is an argument's, which is kept on the stack. */
    private static final Gpr ROOM_AT = Gpr.R12;

    private static final Gpr DONE_AT = NUMBERS;
    private static final Gpr SCALE_AT = Gpr.R13;
    private static final Gpr LEFT = Gpr.R14;
    private static final Gpr C_STRIDE = Gpr.R15;
    private static final Gpr B_AT = Gpr.RBP;
    private static final List<Gpr> SAVED = List.of(PAIR_STRIDE, ROOM_AT, SCALE_AT, LEFT, C_STRIDE, B_AT, NUMBERS);

    private static final Tmm SUMS = new Tmm(0);
    private static final Tmm A = new Tmm(1);
    private static final Tmm FACTOR = new Tmm(2);

    private static final Zmm SCALE = new Zmm(16);
    private static final Zmm MINIMUM = new Zmm(17);
    private static final Zmm INTEGERS = new Zmm(18);
    private static final Zmm SCALED = new Zmm(19);

    /** Where arguments are, above what is saved and the return address. */
    private static final int C = (SAVED.size() + 1) * Long.BYTES;

    private static final int C_STRIDE_AT = C + 8;
    private static final int ADDS = C + 16;
    private static final int ROOM_ARGUMENT = C + 24;

    /**
     * A function of: the rows' numbers, their codes, bytes from a row's to the next's (of both), the panel's codes, its scales, runs (at
     * least 1), C, bytes between its rows, 0 to begin with 0 or 1 with what is in C, and {@link #ROOM} bytes.
     */
    public MachineCode code() {
        Assembler a = new Assembler("amx int8 tile of " + rows + " rows, runs of " + run);
        Label shapes = a.label("shapes");
        a.lea(ROW, at(shapes));
        a.ldtilecfg(at(ROW));
        SAVED.forEach(a::push);
        a.mov(PAIR_STRIDE, new Immediate(PAIR_BYTES));
        a.mov(C_STRIDE, at(Gpr.RSP, C_STRIDE_AT));
        for (int half = 0; half < 2; half++) {
            begin(a, half);
            a.mov(NUMBER, at(Gpr.RSP, 0));
            a.mov(CODE, CODES);
            a.mov(B_AT, B);
            a.mov(SCALE_AT, SCALES);
            a.mov(LEFT, RUNS);
            runs(a, half * Zmm.BYTES);
            a.mov(ROW, at(Gpr.RSP, C));
            for (int row = 0; row < rows; row++) {
                a.vmovups(at(ROW, half * Zmm.BYTES), new Zmm(row));
                a.add(ROW, C_STRIDE);
            }
        }
        a.tilerelease();
        SAVED.reversed().forEach(a::pop);
        a.ret();
        a.constant(
                shapes,
                new TileShapes()
                        .tile(SUMS, rows, TileShapes.ROW_BYTES)
                        .tile(A, rows, run)
                        .tile(FACTOR, run / CodeLoads.STEPS, TileShapes.ROW_BYTES)
                        .bytes());
        return a.assemble();
    }

    /** The f32 sums are 0 or what is in C. */
    private void begin(Assembler a, int half) {
        Label zero = a.label("zero");
        Label begun = a.label("begun");
        a.mov(ROW, at(Gpr.RSP, ADDS));
        a.cmp(ROW, 0);
        a.je(zero);
        a.mov(ROW, at(Gpr.RSP, C));
        for (int row = 0; row < rows; row++) {
            a.vmovups(new Zmm(row), at(ROW, half * Zmm.BYTES));
            a.add(ROW, C_STRIDE);
        }
        a.jmp(begun);
        a.bind(zero);
        for (int row = 0; row < rows; row++) {
            Zmm sum = new Zmm(row);
            a.vpxord(sum, sum, sum);
        }
        a.bind(begun);
    }

    /**
     * @param half where a pair's vector of the 16 outputs lies
     */
    private void runs(Assembler a, int half) {
        Label last = a.label("last run");
        a.mov(ROOM_AT, at(Gpr.RSP, ROOM_ARGUMENT));
        a.lea(DONE_AT, at(ROOM_AT, SUMS_BYTES));
        multiply(a, half);
        a.sub(LEFT, 1);
        a.je(last);
        Label loop = a.here("run");
        change(a);
        multiply(a, half);
        scale(a, half);
        a.sub(LEFT, 1);
        a.jne(loop);
        a.bind(last);
        change(a);
        scale(a, half);
    }

    private static void change(Assembler a) {
        a.mov(ROW, ROOM_AT);
        a.mov(ROOM_AT, DONE_AT);
        a.mov(DONE_AT, ROW);
    }

    private void multiply(Assembler a, int half) {
        a.tilezero(SUMS);
        a.tileloadd(A, at(CODE, STRIDE, 1, 0));
        a.tileloadd(FACTOR, at(B_AT, PAIR_STRIDE, 1, half));
        a.tdpbssd(SUMS, A, FACTOR);
        a.tilestored(at(ROOM_AT, PAIR_STRIDE, 1, half), SUMS);
        a.add(CODE, run);
        a.add(B_AT, run * Int8Tile.COLUMNS);
    }

    private void scale(Assembler a, int half) {
        a.vmovups(SCALE, at(SCALE_AT, half));
        if (hasMinima) {
            a.vmovups(MINIMUM, at(SCALE_AT, PAIR_BYTES + half));
        }
        a.mov(ROW, NUMBER);
        for (int row = 0; row < rows; row++) {
            Zmm sum = new Zmm(row);
            a.vcvtdq2ps(INTEGERS, at(DONE_AT, row * PAIR_BYTES + half));
            a.vmulps(SCALED, SCALE, at(ROW).repeated());
            a.vfmadd231ps(sum, INTEGERS, SCALED);
            if (hasMinima) {
                a.vfmadd231ps(sum, MINIMUM, at(ROW, 4).repeated());
            }
            a.add(ROW, STRIDE);
        }
        a.add(NUMBER, Int8Tile.NUMBERS);
        a.add(SCALE_AT, (hasMinima ? 2 : 1) * PAIR_BYTES);
    }
}
