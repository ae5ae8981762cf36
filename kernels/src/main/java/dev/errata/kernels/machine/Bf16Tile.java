package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * The innermost loop of bf16 products: c [rows][32] = start + A · B, where each element is one chain of vdpbf16ps over pairs of k. A
 * lies as it is, rows of bf16. B is a panel of 32 outputs, in one of three orders.
 *
 * <p>The registers: two sums a row, of outputs 0–15 and 16–31; two vectors of B; one pair of A, repeated; but for {@link
 * Order#STEPS} two lists of indices. So there is room for 12 rows.
 */
public record Bf16Tile(int rows, Order order) {
    public static final int COLUMNS = 32;

    /** Rows that the registers have room for. */
    public static final int MOST_ROWS = 12;

    /** Pairs of k in a round of the loop. */
    private static final int UNROLLED = 2;

    /** Which two elements of B stand beside each other in 32 bits. */
    public enum Order {
        /** Steps k and k + 1 of one output: what the instruction takes. Outputs 0–15, then 16–31 of each pair of steps. */
        STEPS,
        /** Outputs o and o + 16 at one step: dense panels of the Vector API's products. Words are put in place on the way. */
        OUTPUTS,
        /**
         * Outputs o and o + 1 at one step: 32 columns of a matrix [k][n] as it lies, whose rows are any number of bytes apart. Words are
         * put in place on the way.
         */
        ROWS
    }

    private static final Gpr A = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr B = Gpr.RDX;
    private static final Gpr PAIRS = Gpr.RCX;
    private static final Gpr C = Gpr.R8;
    private static final Gpr C_STRIDE = Gpr.R9;
    private static final Gpr ADDS = Gpr.RBX;
    private static final Gpr B_STRIDE = Gpr.R12;
    /** Rows 0, 3, 6 and 9 of A; the two after each are one and two strides further. */
    private static final List<Gpr> THIRD_ROWS = List.of(A, Gpr.RAX, Gpr.R10, Gpr.R11);

    private static final Zmm B0 = new Zmm(24);
    private static final Zmm B1 = new Zmm(25);
    private static final Zmm PAIR = new Zmm(26);
    private static final Zmm LOWER = new Zmm(27);
    private static final Zmm UPPER = new Zmm(28);

    /**
     * A function of: A, bytes between its rows, B, pairs of k (at least 1), C, bytes between its rows, 0 to begin with 0 or 1 with what is in
     * C, and for {@link Order#ROWS} bytes from one step of B to the next; otherwise a pair of steps is 128 bytes.
     */
    public MachineCode code() {
        Assembler a = new Assembler("bf16 tile of " + rows + " rows, " + order);
        Label lower = a.label("lower");
        Label upper = a.label("upper");
        for (int third = 1; third * 3 < rows; third++) {
            a.lea(THIRD_ROWS.get(third), at(THIRD_ROWS.get(third - 1), STRIDE, 2, 0));
            a.add(THIRD_ROWS.get(third), STRIDE);
        }
        TileSums sums = new TileSums(a, rows);
        begin(a, sums);
        if (order == Order.ROWS) {
            a.push(B_STRIDE);
            a.mov(B_STRIDE, at(Gpr.RSP, 24));
        }
        if (order != Order.STEPS) {
            a.vmovups(LOWER, at(lower));
            a.vmovups(UPPER, at(upper));
        }
        sums.loop(PAIRS, UNROLLED, i -> pair(a, sums, i), count -> advance(a, count));
        sums.store(C, C_STRIDE);
        if (order == Order.ROWS) {
            a.pop(B_STRIDE);
        }
        a.ret();
        if (order == Order.OUTPUTS) {
            a.constant(lower, everySecondWord(0));
            a.constant(upper, everySecondWord(1));
        } else if (order == Order.ROWS) {
            a.constant(lower, wordsInTurn(0));
            a.constant(upper, wordsInTurn(Zmm.BYTES / 4));
        }
        return a.assemble();
    }

    /** The sums are 0 or what C holds. */
    private static void begin(Assembler a, TileSums sums) {
        a.push(ADDS);
        a.mov(ADDS, at(Gpr.RSP, 16));
        sums.begin(ADDS, C, C_STRIDE);
        a.pop(ADDS);
    }

    /** A pair of steps, which is the i-th of a round. */
    private void pair(Assembler a, TileSums sums, int i) {
        int steps = order == Order.ROWS ? 0 : i * 2 * Zmm.BYTES;
        Address one = at(B, steps);
        Address next = order == Order.ROWS ? at(B, B_STRIDE, 1, 0) : at(B, steps + Zmm.BYTES);
        a.vmovups(B0, one);
        if (order == Order.STEPS) {
            a.vmovups(B1, next);
        } else {
            a.vmovups(B1, one);
            a.vpermt2w(B0, LOWER, next);
            a.vpermt2w(B1, UPPER, next);
        }
        if (order == Order.ROWS) {
            a.lea(B, at(B, B_STRIDE, 2, 0));
        } else {
            Ahead.of(a, B, steps, 2 * Zmm.BYTES);
        }
        for (int row = 0; row < rows; row++) {
            Gpr third = THIRD_ROWS.get(row / 3);
            a.vpbroadcastd(PAIR, row % 3 == 0 ? at(third, i * 4) : at(third, STRIDE, row % 3, i * 4));
            a.vdpbf16ps(sums.sum(row, 0), B0, PAIR);
            a.vdpbf16ps(sums.sum(row, 1), B1, PAIR);
        }
    }

    private void advance(Assembler a, int pairs) {
        for (int third = 0; third * 3 < rows; third++) {
            a.add(THIRD_ROWS.get(third), pairs * 4);
        }
        if (order != Order.ROWS) {
            a.add(B, pairs * 2 * Zmm.BYTES);
        }
    }

    /** Indices by which words o and o + 16 of two steps become words of k and k + 1. */
    static byte[] everySecondWord(int first) {
        byte[] indices = new byte[Zmm.BYTES];
        for (int output = 0; output < 16; output++) {
            indices[4 * output] = (byte) (2 * output + first);
            indices[4 * output + 2] = (byte) (32 + 2 * output + first);
        }
        return indices;
    }

    /** Indices by which outputs from {@code first} on of two steps become words of k and k + 1. */
    static byte[] wordsInTurn(int first) {
        byte[] indices = new byte[Zmm.BYTES];
        for (int output = 0; output < 16; output++) {
            indices[4 * output] = (byte) (first + output);
            indices[4 * output + 2] = (byte) (32 + first + output);
        }
        return indices;
    }
}
