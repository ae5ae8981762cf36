package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * The innermost loop of bf16 products on AMX: c [rows][32] = start + A · B, two by two tiles of sums. A lies as it is, rows of bf16; B
 * is a panel of 32 outputs in {@link Bf16Tile.Order#STEPS}, whose two halves are tiles as they lie, 128 bytes from a pair of
 * steps to the next.
 *
 * <p>TDPBF16PS adds up the even and the odd of 32 steps apart, from 0, and then both to the sum (SDM, volume 2), so its bits are
 * not those of VDPBF16PS, which goes from step to step; every number of rows has to come here. They depend on no tile's number of rows.
 *
 * @param rows 1 to {@link #MOST_ROWS}
 */
public record AmxBf16Tile(int rows) {
    public static final int MOST_ROWS = 2 * TileShapes.ROWS;

    /** Steps of k that a tile holds. */
    public static final int STEPS = TileShapes.ROW_BYTES / 2;

    private static final int PAIR_BYTES = 2 * Zmm.BYTES;
    private static final int PAIRS = STEPS / 2;
    /** Of a row of A: rows lie apart, which the processor, it seems, doesn't foresee. */
    private static final int AHEAD = 2 * TileShapes.ROW_BYTES;

    private static final Gpr A = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr B = Gpr.RDX;
    private static final Gpr TIMES = Gpr.RCX;
    private static final Gpr C = Gpr.R8;
    private static final Gpr C_STRIDE = Gpr.R9;
    private static final Gpr ANY = Gpr.RAX;
    private static final Gpr B_STRIDE = Gpr.R10;
    private static final Gpr UPPER_A = Gpr.R11;
    private static final Gpr LOWER_A = Gpr.R12;
    private static final Gpr PAIR = Gpr.R13;
    private static final Gpr LEFT = Gpr.R14;
    private static final Gpr UPPER_C = Gpr.RBX;
    private static final Gpr SOON = Gpr.R15;
    private static final List<Gpr> SAVED = List.of(UPPER_C, LOWER_A, PAIR, LEFT, SOON);

    private static final Tmm C00 = new Tmm(0);
    private static final Tmm C01 = new Tmm(1);
    private static final Tmm C10 = new Tmm(2);
    private static final Tmm C11 = new Tmm(3);
    private static final Tmm A0 = new Tmm(4);
    private static final Tmm A1 = new Tmm(5);
    private static final Tmm B0 = new Tmm(6);
    private static final Tmm B1 = new Tmm(7);

    private boolean hasUpper() {
        return rows > TileShapes.ROWS;
    }

    /**
     * A function of: A, bytes between its rows, B, times 32 steps of k (at least 1), C, bytes between its rows, 0 to begin with 0 or 1
     * with what is in C, and how many times so many rows there are (at least 1).
     */
    public MachineCode code() {
        Assembler a = new Assembler("amx bf16 tile of " + rows + " rows");
        Label shapes = a.label("shapes");
        a.lea(ANY, at(shapes));
        a.ldtilecfg(at(ANY));
        SAVED.forEach(a::push);
        int arguments = 8 * (SAVED.size() + 1);
        a.mov(LEFT, at(Gpr.RSP, arguments + 8));
        a.mov(B_STRIDE, new Immediate(PAIR_BYTES));
        Label next = a.here("rows");
        a.mov(UPPER_A, STRIDE);
        a.shl(UPPER_A, 4);
        a.add(UPPER_A, A);
        a.mov(UPPER_C, C_STRIDE);
        a.shl(UPPER_C, 4);
        a.add(UPPER_C, C);
        begin(a, arguments);
        a.mov(LOWER_A, A);
        a.mov(PAIR, B);
        a.mov(ANY, TIMES);
        Label loop = a.here("loop");
        steps(a);
        a.sub(ANY, 1);
        a.jne(loop);
        a.tilestored(at(C, C_STRIDE, 1, 0), C00);
        a.tilestored(at(C, C_STRIDE, 1, Zmm.BYTES), C01);
        if (hasUpper()) {
            a.tilestored(at(UPPER_C, C_STRIDE, 1, 0), C10);
            a.tilestored(at(UPPER_C, C_STRIDE, 1, Zmm.BYTES), C11);
        }
        advance(a, A, STRIDE);
        advance(a, C, C_STRIDE);
        a.sub(LEFT, 1);
        a.jne(next);
        a.tilerelease();
        SAVED.reversed().forEach(a::pop);
        a.ret();
        a.constant(shapes, shapes());
        return a.assemble();
    }

    private byte[] shapes() {
        int lower = Math.min(rows, TileShapes.ROWS);
        int upper = rows - lower;
        TileShapes all = new TileShapes();
        for (Tmm each : new Tmm[] {C00, C01, A0}) {
            all.tile(each, lower, TileShapes.ROW_BYTES);
        }
        for (Tmm each : new Tmm[] {C10, C11, A1}) {
            all.tile(each, upper, TileShapes.ROW_BYTES);
        }
        return all.tile(B0, PAIRS, TileShapes.ROW_BYTES)
                .tile(B1, PAIRS, TileShapes.ROW_BYTES)
                .bytes();
    }

    /** The sums are 0 or what is in C. */
    private void begin(Assembler a, int arguments) {
        Label zero = a.label("zero");
        Label begun = a.label("begun");
        a.mov(ANY, at(Gpr.RSP, arguments));
        a.cmp(ANY, 0);
        a.je(zero);
        a.tileloadd(C00, at(C, C_STRIDE, 1, 0));
        a.tileloadd(C01, at(C, C_STRIDE, 1, Zmm.BYTES));
        if (hasUpper()) {
            a.tileloadd(C10, at(UPPER_C, C_STRIDE, 1, 0));
            a.tileloadd(C11, at(UPPER_C, C_STRIDE, 1, Zmm.BYTES));
        }
        a.jmp(begun);
        a.bind(zero);
        a.tilezero(C00);
        a.tilezero(C01);
        if (hasUpper()) {
            a.tilezero(C10);
            a.tilezero(C11);
        }
        a.bind(begun);
    }

    /** 32 steps: four tiles are read for four products, so that each is used twice. */
    private void steps(Assembler a) {
        askForRows(a, LOWER_A, Math.min(rows, TileShapes.ROWS));
        a.tileloadd(B0, at(PAIR, B_STRIDE, 1, 0));
        a.tileloadd(A0, at(LOWER_A, STRIDE, 1, 0));
        a.tdpbf16ps(C00, A0, B0);
        a.tileloadd(B1, at(PAIR, B_STRIDE, 1, Zmm.BYTES));
        a.tdpbf16ps(C01, A0, B1);
        if (hasUpper()) {
            askForRows(a, UPPER_A, rows - TileShapes.ROWS);
            a.tileloadd(A1, at(UPPER_A, STRIDE, 1, 0));
            a.tdpbf16ps(C10, A1, B0);
            a.tdpbf16ps(C11, A1, B1);
            a.add(UPPER_A, TileShapes.ROW_BYTES);
        }
        a.add(LOWER_A, TileShapes.ROW_BYTES);
        a.add(PAIR, PAIRS * PAIR_BYTES);
    }

    private static void askForRows(Assembler a, Gpr first, int count) {
        a.mov(SOON, first);
        for (int row = 0; row < count; row++) {
            a.prefetcht0(at(SOON, AHEAD));
            a.add(SOON, STRIDE);
        }
    }

    /** The next rows are 32 strides further. */
    private static void advance(Assembler a, Gpr what, Gpr stride) {
        a.mov(ANY, stride);
        a.shl(ANY, 5);
        a.add(what, ANY);
    }
}
