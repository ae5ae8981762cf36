package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * The innermost loop of f32 products: c [rows][32] = start + A · B, where each element is one chain of fused multiply-adds over k,
 * the order of the Vector API's products; so it has their bits. Neither A nor, in most of its orders, B is packed for it.
 *
 * <p>The registers: two sums a row, of outputs 0–15 and 16–31; two vectors of B; one element of A, repeated; for {@link
 * Right#HALVES} a mask. So there is room for 12 rows.
 */
public record F32Tile(int rows, Left left, Right right) {
    public static final int COLUMNS = 32;

    /** Rows that the registers have room for. */
    public static final int MOST_ROWS = 12;

    /** Steps of k in a round of the loop. */
    private static final int UNROLLED = 4;

    /**
     * Steps that are asked for ahead where each may be on another page: a processor does so itself only for what lies in a row. A step takes
     * 12 cycles or more, memory some 400. Out of memory, on one core of a Zen 5: 1536 x 64 x 1024 with A turned 90 GFLOP/s without, 187 with 32
     * (185 with 16, 170 with 64).
     */
    private static final int STEPS_AHEAD = 32;

    /** How A lies; rows of it, or steps, are any number of bytes apart. */
    public enum Left {
        /** [rows][k]: steps beside each other. */
        ROWS,
        /** [k][rows], a matrix turned: rows beside each other. */
        COLUMNS
    }

    /** How the 32 outputs of a step of B lie. */
    public enum Right {
        /** F32, a panel: a step is 128 bytes. */
        FLOATS,
        /** F32, 32 columns of a matrix [k][n] as it lies, whose rows are any number of bytes apart. */
        MATRIX,
        /** BF16, a panel whose words hold outputs o and o + 16; a step is 64 bytes. */
        HALVES
    }

    private static final Gpr A = Gpr.RDI;
    private static final Gpr A_STRIDE = Gpr.RSI;
    private static final Gpr B = Gpr.RDX;
    private static final Gpr STEPS = Gpr.RCX;
    private static final Gpr C = Gpr.R8;
    private static final Gpr C_STRIDE = Gpr.R9;
    private static final Gpr ADDS = Gpr.RBX;
    private static final Gpr B_STRIDE = Gpr.R12;
    private static final Gpr B_AHEAD = Gpr.RBX;
    private static final Gpr A_AHEAD = Gpr.R10;
    /** Rows 0, 3, 6 and 9 of A; the two after each are one and two strides further. */
    private static final List<Gpr> THIRD_ROWS = List.of(A, Gpr.RAX, Gpr.R10, Gpr.R11);

    private static final Zmm B0 = new Zmm(24);
    private static final Zmm B1 = new Zmm(25);
    private static final Zmm ELEMENT = new Zmm(26);
    private static final Zmm UPPER = new Zmm(27);

    /**
     * A function of: A, bytes between its rows, or for {@link Left#COLUMNS} its steps; B, steps of k (at least 1), C, bytes between its
     * rows, 0 to begin with 0 or 1 with what is in C, for {@link Right#MATRIX} bytes from one step of B to the next, and where the C of the
     * next call will be, whose lines are asked for.
     */
    public MachineCode code() {
        Assembler a = new Assembler("f32 tile of " + rows + " rows, " + left + " by " + right);
        Label upper = a.label("upper");
        for (int third = 1; left == Left.ROWS && third * 3 < rows; third++) {
            a.lea(THIRD_ROWS.get(third), at(THIRD_ROWS.get(third - 1), A_STRIDE, 2, 0));
            a.add(THIRD_ROWS.get(third), A_STRIDE);
        }
        TileSums sums = new TileSums(a, rows);
        begin(a, sums, rows);
        if (right == Right.MATRIX) {
            a.push(B_STRIDE);
            a.mov(B_STRIDE, at(Gpr.RSP, 24));
            a.push(B_AHEAD);
            ahead(a, B_AHEAD, B, B_STRIDE);
        }
        if (right == Right.HALVES) {
            a.vmovups(UPPER, at(upper));
        }
        if (left == Left.COLUMNS) {
            ahead(a, A_AHEAD, A, A_STRIDE);
        }
        sums.loop(STEPS, UNROLLED, i -> step(a, sums, i), count -> advance(a, count));
        sums.store(C, C_STRIDE);
        if (right == Right.MATRIX) {
            a.pop(B_AHEAD);
            a.pop(B_STRIDE);
        }
        a.ret();
        if (right == Right.HALVES) {
            a.constant(upper, upperHalves());
        }
        return a.assemble();
    }

    /** Points to what is read some steps later. */
    private static void ahead(Assembler a, Gpr ahead, Gpr of, Gpr stride) {
        a.lea(ahead, at(of, stride, 8, 0));
        for (int steps = 8; steps < STEPS_AHEAD; steps += 8) {
            a.lea(ahead, at(ahead, stride, 8, 0));
        }
    }

    /** The sums are 0 or what C holds; the next C is asked for. */
    private static void begin(Assembler a, TileSums sums, int rows) {
        a.push(ADDS);
        a.mov(ADDS, at(Gpr.RSP, 16));
        sums.begin(ADDS, C, C_STRIDE);
        a.mov(ADDS, at(Gpr.RSP, 32));
        for (int row = 0; row < rows; row++) {
            a.prefetcht0(at(ADDS));
            a.prefetcht0(at(ADDS, Zmm.BYTES));
            a.add(ADDS, C_STRIDE);
        }
        a.pop(ADDS);
    }

    /** A step of k, which is the i-th of a round. */
    private void step(Assembler a, TileSums sums, int i) {
        switch (right) {
            case FLOATS -> {
                a.vmovups(B0, at(B, i * 2 * Zmm.BYTES));
                a.vmovups(B1, at(B, (i * 2 + 1) * Zmm.BYTES));
                Ahead.of(a, B, i * 2 * Zmm.BYTES, 2 * Zmm.BYTES);
            }
            case MATRIX -> {
                a.vmovups(B0, at(B));
                a.vmovups(B1, at(B, Zmm.BYTES));
                a.prefetcht0(at(B_AHEAD));
                a.prefetcht0(at(B_AHEAD, Zmm.BYTES));
                a.add(B, B_STRIDE);
                a.add(B_AHEAD, B_STRIDE);
            }
            case HALVES -> {
                a.vmovups(B1, at(B, i * Zmm.BYTES));
                Ahead.of(a, B, i * Zmm.BYTES, Zmm.BYTES);
                a.vpslld(B0, B1, 16);
                a.vpandd(B1, B1, UPPER);
            }
        }
        for (int row = 0; row < rows; row++) {
            a.vpbroadcastd(ELEMENT, element(row, i));
            a.vfmadd231ps(sums.sum(row, 0), B0, ELEMENT);
            a.vfmadd231ps(sums.sum(row, 1), B1, ELEMENT);
        }
        if (left == Left.COLUMNS) {
            a.prefetcht0(at(A_AHEAD));
            a.add(A, A_STRIDE);
            a.add(A_AHEAD, A_STRIDE);
        }
    }

    private Address element(int row, int i) {
        if (left == Left.COLUMNS) {
            return at(A, row * 4);
        }
        Gpr third = THIRD_ROWS.get(row / 3);
        return row % 3 == 0 ? at(third, i * 4) : at(third, A_STRIDE, row % 3, i * 4);
    }

    private void advance(Assembler a, int steps) {
        for (int third = 0; left == Left.ROWS && third * 3 < rows; third++) {
            a.add(THIRD_ROWS.get(third), steps * 4);
        }
        if (right != Right.MATRIX) {
            a.add(B, steps * (right == Right.FLOATS ? 2 : 1) * Zmm.BYTES);
        }
    }

    /** A mask of the upper halves of words. */
    static byte[] upperHalves() {
        byte[] mask = new byte[Zmm.BYTES];
        for (int lane = 0; lane < Zmm.BYTES; lane += 4) {
            mask[lane + 2] = (byte) 0xFF;
            mask[lane + 3] = (byte) 0xFF;
        }
        return mask;
    }
}
