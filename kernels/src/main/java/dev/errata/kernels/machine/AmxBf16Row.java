package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@link AmxBf16Tile} of few rows by a panel in {@link Bf16Tile.Order#OUTPUTS}, to the same bits: c [rows][32] = start + A · B. For a tile the
 * panel has to be written as pairs of steps first, which takes longer than so few rows.
 *
 * <p>Even and odd steps are chains of VDPBF16PS, where the other half of each word is 0 in B and −0 in A, whose product −0 leaves any sum as
 * it is. After 32 steps the two are added up, and that to the sum. VADDPS keeps numbers too small to be normal, which TDPBF16PS takes for
 * 0 (SDM, volume 2) as VDPBF16PS does, so they are made 0 there.
 *
 * @param rows 1 to {@link #MOST_ROWS}
 */
public record AmxBf16Row(int rows) {
    /** Each has six vectors of sums. */
    public static final int MOST_ROWS = 3;

    /** Of a tile. */
    private static final int PAIRS = AmxBf16Tile.STEPS / 2;

    private static final int PAIR_BYTES = 2 * Zmm.BYTES;
    private static final int UNROLLED = 2;

    private static final Gpr A = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr B = Gpr.RDX;
    private static final Gpr LEFT = Gpr.RCX;
    private static final Gpr C = Gpr.R8;
    private static final Gpr C_STRIDE = Gpr.R9;
    private static final Gpr ANY = Gpr.RAX;
    private static final Gpr COUNT = Gpr.R10;

    /** The first chain's register, behind the sums. */
    private static final int CHAINS = 2 * MOST_ROWS;

    private static final Zmm[] ODD_B = {new Zmm(18), new Zmm(19)};
    private static final Zmm[] EVEN_B = {new Zmm(20), new Zmm(21)};
    private static final Zmm EVEN_A = new Zmm(22);
    private static final Zmm ODD_A = new Zmm(23);
    private static final Zmm WORDS_OF_LOWER = new Zmm(24);
    private static final Zmm WORDS_OF_UPPER = new Zmm(25);
    private static final Zmm ABSOLUTE = new Zmm(31);
    private static final Opmask TINY = new Opmask(1);

    private static final Zmm LOWER_HALF = new Zmm(26);
    private static final Zmm SIGN_OF_UPPER = new Zmm(27);
    private static final Zmm SIGN_OF_LOWER = new Zmm(28);
    private static final Zmm MAGNITUDE = new Zmm(29);
    private static final Zmm LARGEST_TINY = new Zmm(30);

    /** Numbers of {@link #LOWER_HALF} on. */
    private static final int[] NUMBERS = {0xFFFF, 0x8000_0000, 0x8000, 0x7FFF_FFFF, 0x007F_FFFF};

    /** Tables of VPTERNLOGD for x, y and z: x and y, or z; x and not y, or z; x and not y. */
    private static final int AND_OR = 0xEA;

    private static final int AND_NOT_OR = 0xBA;
    private static final int AND_NOT = 0x30;

    /** A function of: A, bytes between its rows, B, pairs of steps (at least 1), C, bytes between its rows, 0 to begin with 0 or 1 with what is in C. */
    public MachineCode code() {
        Assembler a = new Assembler("amx order of bf16, " + rows + " rows");
        Label lower = a.label("lower");
        Label upper = a.label("upper");
        Label numbers = a.label("numbers");
        a.vmovups(WORDS_OF_LOWER, at(lower));
        a.vmovups(WORDS_OF_UPPER, at(upper));
        a.lea(ANY, at(numbers));
        for (int i = 0; i < NUMBERS.length; i++) {
            a.vpbroadcastd(new Zmm(LOWER_HALF.number() + i), at(ANY, i * Integer.BYTES));
        }
        TileSums sums = new TileSums(a, rows);
        a.mov(ANY, at(Gpr.RSP, 8));
        sums.begin(ANY, C, C_STRIDE);
        for (int row = 0; row < rows; row++) {
            zeroIfTiny(a, sums.sum(row, 0));
            zeroIfTiny(a, sums.sum(row, 1));
        }
        Label next = a.here("tile");
        for (int i = 0; i < 4 * rows; i++) {
            a.vpxord(new Zmm(CHAINS + i), new Zmm(CHAINS + i), new Zmm(CHAINS + i));
        }
        Label last = a.label("last");
        Label begun = a.label("begun");
        a.mov(COUNT, new Immediate(PAIRS));
        a.cmp(LEFT, PAIRS);
        a.jl(last);
        a.jmp(begun);
        a.bind(last);
        a.mov(COUNT, LEFT);
        a.bind(begun);
        sums.loop(COUNT, UNROLLED, i -> pair(a, i), count -> {
            a.add(A, count * 4);
            a.add(B, count * PAIR_BYTES);
        });
        a.sub(LEFT, PAIRS);
        Label whole = a.label("whole");
        Label add = a.label("add");
        a.jl(add);
        a.jmp(whole);
        a.bind(add);
        zerosAfterTheLast(a);
        a.bind(whole);
        for (int row = 0; row < rows; row++) {
            addUp(a, row, 0, sums.sum(row, 0));
            addUp(a, row, 1, sums.sum(row, 1));
        }
        Label end = a.label("end");
        a.cmp(LEFT, 1);
        a.jl(end);
        a.jmp(next);
        a.bind(end);
        sums.store(C, C_STRIDE);
        a.ret();
        a.constant(lower, Bf16Tile.everySecondWord(0));
        a.constant(upper, Bf16Tile.everySecondWord(1));
        a.constant(numbers, numbers());
        return a.assemble();
    }

    private static byte[] numbers() {
        ByteBuffer all = ByteBuffer.allocate(NUMBERS.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int number : NUMBERS) {
            all.putInt(number);
        }
        return all.array();
    }

    private static Zmm even(int row, int half) {
        return new Zmm(CHAINS + 4 * row + 2 * half);
    }

    private static Zmm odd(int row, int half) {
        return new Zmm(CHAINS + 4 * row + 2 * half + 1);
    }

    /** A pair of steps, which is the i-th of a round. */
    private void pair(Assembler a, int i) {
        int at = i * PAIR_BYTES;
        a.vmovups(ODD_B[0], at(B, at));
        a.vmovups(ODD_B[1], ODD_B[0]);
        a.vpermt2w(ODD_B[0], WORDS_OF_LOWER, at(B, at + Zmm.BYTES));
        a.vpermt2w(ODD_B[1], WORDS_OF_UPPER, at(B, at + Zmm.BYTES));
        Ahead.of(a, B, at, PAIR_BYTES);
        for (int half = 0; half < 2; half++) {
            a.vpandd(EVEN_B[half], ODD_B[half], LOWER_HALF);
            a.vpxord(ODD_B[half], ODD_B[half], EVEN_B[half]);
        }
        for (int row = 0; row < rows; row++) {
            a.vpbroadcastd(EVEN_A, row == 0 ? at(A, i * 4) : at(A, STRIDE, row, i * 4));
            a.vmovups(ODD_A, EVEN_A);
            a.vpternlogd(EVEN_A, LOWER_HALF, SIGN_OF_UPPER, AND_OR);
            a.vpternlogd(ODD_A, LOWER_HALF, SIGN_OF_LOWER, AND_NOT_OR);
            for (int half = 0; half < 2; half++) {
                a.vdpbf16ps(even(row, half), EVEN_B[half], EVEN_A);
                a.vdpbf16ps(odd(row, half), ODD_B[half], ODD_A);
            }
        }
    }

    /** A tile that isn't full has zeros behind its steps, whose products make 0 of −0. */
    private void zerosAfterTheLast(Assembler a) {
        a.vpxord(ABSOLUTE, ABSOLUTE, ABSOLUTE);
        for (int i = 0; i < 4 * rows; i++) {
            a.vaddps(new Zmm(CHAINS + i), new Zmm(CHAINS + i), ABSOLUTE);
        }
    }

    private static void addUp(Assembler a, int row, int half, Zmm sum) {
        Zmm both = even(row, half);
        a.vaddps(both, both, odd(row, half));
        zeroIfTiny(a, both);
        a.vaddps(sum, sum, both);
        zeroIfTiny(a, sum);
    }

    /** Keeps the sign of what is too small to be normal. */
    private static void zeroIfTiny(Assembler a, Zmm x) {
        a.vpandd(ABSOLUTE, x, MAGNITUDE);
        a.vpcmpud(TINY, LARGEST_TINY, ABSOLUTE);
        a.vpternlogd(x.where(TINY), MAGNITUDE, MAGNITUDE, AND_NOT);
    }
}
