package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Rows of f32 as signed codes of 8 bits, as {@link Int8Tile} reads them: 32 elements share the scale d = largest magnitude / 127, a
 * code is the element times 127 / largest to the nearest integer, ties to even. A block whose largest magnitude is below {@link #LEAST} is
 * 0; an element that isn't finite has the code 0 and makes its block's scale infinite or NaN.
 *
 * <p>A block is two vectors. Magnitudes are compared as integers, whose order is that of the numbers, with infinity and NaN above
 * all. One division gives a block both its numbers: 127 / largest in even lanes, largest / 127 in odd ones. No block waits for
 * another, so a processor works on several at a time.
 *
 * @param run elements that the weight's codes share a scale for, 16 or 32: so many have {@link Int8Tile#NUMBERS} of their own
 */
public record Int8Blocks(int run) {
    /** Elements of a block. */
    public static final int BLOCK = 32;

    /** What is divided by less would not be finite. */
    public static final float LEAST = 0x1p-119f;

    private static final Gpr X = Gpr.RDI;
    private static final Gpr NUMBERS = Gpr.RSI;
    private static final Gpr CODES = Gpr.RDX;
    private static final Gpr STRIDE = Gpr.RCX;
    private static final Gpr BLOCKS = Gpr.R8;
    private static final Gpr ROWS = Gpr.R9;
    private static final Gpr NUMBER = Gpr.R10;
    private static final Gpr CODE = Gpr.R11;
    private static final Gpr LEFT = Gpr.RAX;

    private static final Opmask DIVIDES = new Opmask(1);
    private static final List<Opmask> FINITE = List.of(new Opmask(2), new Opmask(3));

    private static final List<Zmm> HALVES = List.of(new Zmm(0), new Zmm(1));
    private static final List<Zmm> MAGNITUDES = List.of(new Zmm(2), new Zmm(3));
    private static final Zmm MOVED = new Zmm(4);
    private static final Zmm QUOTIENT = new Zmm(5);
    private static final Zmm DIVISOR = new Zmm(6);
    private static final Zmm INVERSE = new Zmm(7);
    private static final Zmm SCALE = new Zmm(8);
    private static final Zmm SCALED_SUM = new Zmm(9);
    private static final Zmm LESS = new Zmm(10);
    private static final Zmm TOGETHER = new Zmm(11);

    private static final Zmm MAGNITUDE = new Zmm(16);
    private static final Zmm LEAST_BITS = new Zmm(17);
    private static final Zmm LARGEST_FINITE = new Zmm(18);
    private static final Zmm INFINITY = new Zmm(19);
    private static final Zmm EXCESS = new Zmm(20);
    private static final Zmm EVEN = new Zmm(21);
    private static final Zmm ODD = new Zmm(22);
    private static final Zmm EVEN_127 = new Zmm(23);
    private static final Zmm ODD_127 = new Zmm(24);
    /** The first, second and third of four lanes. */
    private static final List<Zmm> PLACES = List.of(new Zmm(25), new Zmm(26), new Zmm(27));

    /** (result and first) or second. */
    private static final int AND_OR = 0xEA;
    /** Result or (first and second). */
    private static final int OR_AND = 0xF8;
    /** Of four, the first two and the last two exchanged. */
    private static final int EXCHANGED = 0b01_00_11_10;
    /** Of four, the two of each pair exchanged. */
    private static final int PAIRS_EXCHANGED = 0b10_11_00_01;
    /** Of four, what stands in even places, also in the places after them. */
    private static final int EVEN_TWICE = 0b10_10_00_00;
    /** Of four, what stands in odd places, also in the places before them. */
    private static final int ODD_TWICE = 0b11_11_01_01;

    private static final int ALL = -1;

    /**
     * A function of: x, rows of blocks one after another; the first row's numbers, its codes, bytes from row to row of both, blocks of
     * a row and rows (each at least 1); and beyond the six what codes of the weight are too large by, negated.
     */
    public MachineCode code() {
        Assembler a = new Assembler("blocks in 8 bits, runs of " + run);
        Label words = a.label("words");
        List<Label> vectors = List.of(a.label("even"), a.label("odd"), a.label("even 127"), a.label("odd 127"));
        List<Label> places = List.of(a.label("first"), a.label("second"), a.label("third"));
        a.lea(LEFT, at(words));
        a.vpbroadcastd(MAGNITUDE, at(LEFT));
        a.vpbroadcastd(LEAST_BITS, at(LEFT, 4));
        a.vpbroadcastd(LARGEST_FINITE, at(LEFT, 8));
        a.vpbroadcastd(INFINITY, at(LEFT, 12));
        a.vpbroadcastd(EXCESS, at(Gpr.RSP, 8));
        for (int i = 0; i < vectors.size(); i++) {
            a.vmovups(List.of(EVEN, ODD, EVEN_127, ODD_127).get(i), at(vectors.get(i)));
        }
        for (int i = 0; i < places.size(); i++) {
            a.vmovups(PLACES.get(i), at(places.get(i)));
        }
        Label row = a.here("row");
        a.mov(NUMBER, NUMBERS);
        a.mov(CODE, CODES);
        a.mov(LEFT, BLOCKS);
        Label loop = a.here("loop");
        block(a);
        a.add(X, BLOCK * Float.BYTES);
        a.add(NUMBER, BLOCK / run * Int8Tile.NUMBERS);
        a.add(CODE, BLOCK);
        a.sub(LEFT, 1);
        a.jne(loop);
        a.add(NUMBERS, STRIDE);
        a.add(CODES, STRIDE);
        a.sub(ROWS, 1);
        a.jne(row);
        a.ret();
        a.constant(words, words());
        int bits = Float.floatToRawIntBits(127);
        a.constant(vectors.get(0), repeated(ALL, 0, ALL, 0));
        a.constant(vectors.get(1), repeated(0, ALL, 0, ALL));
        a.constant(vectors.get(2), repeated(bits, 0, bits, 0));
        a.constant(vectors.get(3), repeated(0, bits, 0, bits));
        a.constant(places.get(0), repeated(ALL, 0, 0, 0));
        a.constant(places.get(1), repeated(0, ALL, 0, 0));
        a.constant(places.get(2), repeated(0, 0, ALL, 0));
        return a.assemble();
    }

    private void block(Assembler a) {
        Zmm largest = MAGNITUDES.getFirst();
        for (int i = 0; i < 2; i++) {
            a.vmovups(HALVES.get(i), at(X, i * Zmm.BYTES));
            a.vpandd(MAGNITUDES.get(i), HALVES.get(i), MAGNITUDE);
            a.vpcmpud(FINITE.get(i), LARGEST_FINITE, MAGNITUDES.get(i));
        }
        a.vpmaxud(largest, largest, MAGNITUDES.getLast());
        inAllLanes(a, largest, () -> a.vpmaxud(largest, largest, MOVED));
        divide(a, largest);
        for (int i = 0; i < 2; i++) {
            Zmm half = HALVES.get(i);
            a.vmulps(half.orZeroWhere(FINITE.get(i)), INVERSE, half);
            a.vcvtps2dq(half, half);
            a.vpmovdb(at(CODE, i * BLOCK / 2), half);
        }
        if (run == BLOCK) {
            a.vpaddd(HALVES.getFirst(), HALVES.getFirst(), HALVES.getLast());
            numbers(a, HALVES.getFirst(), 0);
        } else {
            numbers(a, HALVES.getFirst(), 0);
            numbers(a, HALVES.getLast(), Int8Tile.NUMBERS);
        }
    }

    /** 127 / largest, which is 0 for NaN as for infinity, and largest / 127; both 0 below the least. */
    private static void divide(Assembler a, Zmm largest) {
        a.vpcmpud(DIVIDES, largest, LEAST_BITS);
        a.vmovups(QUOTIENT, largest);
        a.vminps(DIVISOR, largest, INFINITY);
        a.vpternlogd(QUOTIENT, ODD, EVEN_127, AND_OR);
        a.vpternlogd(DIVISOR, EVEN, ODD_127, AND_OR);
        a.vdivps(QUOTIENT, QUOTIENT, DIVISOR);
        a.vpord(QUOTIENT.orZeroWhere(DIVIDES), QUOTIENT, QUOTIENT);
        a.vpshufd(INVERSE, QUOTIENT, EVEN_TWICE);
        a.vpshufd(SCALE, QUOTIENT, ODD_TWICE);
    }

    /** A run's scale, scale times the sum of its codes, −excess times that sum, and 0. */
    private static void numbers(Assembler a, Zmm codes, int to) {
        inAllLanes(a, codes, () -> a.vpaddd(codes, codes, MOVED));
        a.vcvtdq2ps(SCALED_SUM, codes);
        a.vmulps(SCALED_SUM, SCALE, SCALED_SUM);
        a.vpmulld(LESS, codes, EXCESS);
        a.vpandd(TOGETHER, SCALE, PLACES.get(0));
        a.vpternlogd(TOGETHER, SCALED_SUM, PLACES.get(1), OR_AND);
        a.vpternlogd(TOGETHER, LESS, PLACES.get(2), OR_AND);
        a.vextracti32x4(at(NUMBER, to), TOGETHER, 0);
    }

    /** What all lanes give together, into each of them. */
    private static void inAllLanes(Assembler a, Zmm vector, Runnable withMoved) {
        a.vshufi32x4(MOVED, vector, vector, EXCHANGED);
        withMoved.run();
        a.vshufi32x4(MOVED, vector, vector, PAIRS_EXCHANGED);
        withMoved.run();
        a.vpshufd(MOVED, vector, EXCHANGED);
        withMoved.run();
        a.vpshufd(MOVED, vector, PAIRS_EXCHANGED);
        withMoved.run();
    }

    private static byte[] words() {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(Integer.MAX_VALUE).putInt(Float.floatToRawIntBits(LEAST));
        bytes.putInt(Float.floatToRawIntBits(Float.MAX_VALUE));
        return bytes.putInt(Float.floatToRawIntBits(Float.POSITIVE_INFINITY)).array();
    }

    /** Four lanes, four times. */
    private static byte[] repeated(int first, int second, int third, int fourth) {
        ByteBuffer bytes = ByteBuffer.allocate(Zmm.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putInt(first).putInt(second).putInt(third).putInt(fourth);
        }
        return bytes.array();
    }
}
