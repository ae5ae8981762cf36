package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * The innermost loop of products of rows in 8 bits with codes of few bits: c [rows][32] += A · B, B a panel of 32 outputs as planes of
 * codes (dev.errata.kernels.cpu.Plane). For each run of elements under one scale it adds products of integers by vpdpbusd, exactly,
 * then sum · (scale · d), d the scale of the row's block, to the f32 sum by one FMA, and where the format has minima, minimum · (d · sum
 * of the row's codes) by another.
 *
 * <p>Codes are multiplied as the unsigned numbers they are stored as; what that is too much, offset · the sum of the row's codes, is what
 * the integer sums begin with.
 *
 * @param rows 1 to {@link #MOST_ROWS}
 */
public record Int8Tile(int rows, Layout layout) {
    public static final int COLUMNS = 32;

    /** Rows that the registers have room for: four vectors each. */
    public static final int MOST_ROWS = 6;

    /** Bytes of a row's numbers for a run: d, d · sum, what an integer sum begins with, nothing. */
    public static final int NUMBERS = 16;

    /**
     * How the codes of a panel lie. A unit holds some runs; a plane's words of 16 outputs and the 16 after them lie in a vector.
     *
     * @param run elements under one scale: 16 or 32
     * @param lowBits 4, or 8 for signed numbers
     * @param highBits of a code beyond 4: 0, 1 or 2
     * @param perUnit runs of a unit
     * @param low where a unit's words of low bits begin
     * @param high where those of high bits begin
     * @param unitBytes from a unit to the next
     */
    public record Layout(
            int run, int lowBits, int highBits, int perUnit, int low, int high, int unitBytes, RunNumbers numbers) {
        /** Bytes of the words of a run. */
        int lowRun() {
            return run * lowBits * 2 / 32 * Zmm.BYTES;
        }

        int highRun() {
            return run * highBits * 2 * 2;
        }

        /** Bytes of what a unit's scales, and minima, are brought into. */
        public int roomBytes() {
            return perUnit * numbers.vectors() * Zmm.BYTES;
        }
    }

    /**
     * Where a unit's scales lie, each in words of outputs o and o + 16: an F16 for each run; or one for all of them and an integer of 8
     * bits for each, two runs a word, by which it is multiplied.
     *
     * @param halves where the F16 numbers begin
     * @param halfMinima where those of minima begin, or −1
     * @param integers where the integers begin, or −1
     * @param integerMinima where those of minima begin, or −1; what is added is minus their product
     * @param signed whether integers are signed
     */
    public record RunNumbers(int halves, int halfMinima, int integers, int integerMinima, boolean signed) {
        public boolean hasMinima() {
            return halfMinima >= 0;
        }

        /** Vectors of a run: scales, and minima behind them. */
        int vectors() {
            return hasMinima() ? 4 : 2;
        }
    }

    private static final Gpr NUMBER = Gpr.RDI;
    private static final Gpr CODE = Gpr.RSI;
    private static final Gpr STRIDE = Gpr.RDX;
    private static final Gpr LOW = Gpr.RCX;
    private static final Gpr UNITS = Gpr.R8;
    private static final Gpr SCALE = Gpr.R9;
    private static final Gpr HIGH = Gpr.RAX;
    private static final Gpr RUNS = Gpr.RBX;
    /** Rows 0 and 3; the two after each are one and two strides further. */
    private static final List<Gpr> THIRD_NUMBERS = List.of(NUMBER, Gpr.R10);

    private static final List<Gpr> THIRD_CODES = List.of(CODE, Gpr.R11);

    private static final Zmm W0 = new Zmm(24);
    private static final Zmm W1 = new Zmm(25);
    private static final Zmm FOUR = new Zmm(26);

    private Zmm integers(int row, int half) {
        return new Zmm(2 * MOST_ROWS + 2 * row + half);
    }

    /**
     * A function of: the rows' numbers, their codes, bytes from a row's to the next's (of both), the panel's first unit, units (at least 1),
     * room for the scales of a unit ({@link Layout#roomBytes}), C, bytes between its rows, 0 to begin with 0 or 1 with what is in C.
     */
    public MachineCode code() {
        Assembler a = new Assembler("int8 tile of " + rows + " rows, " + layout);
        CodeLoads loads = new CodeLoads(layout, LOW, HIGH, W0, W1);
        a.push(RUNS);
        if (rows > 3) {
            for (List<Gpr> thirds : List.of(THIRD_NUMBERS, THIRD_CODES)) {
                a.lea(thirds.get(1), at(thirds.get(0), STRIDE, 2, 0));
                a.add(thirds.get(1), STRIDE);
            }
        }
        TileSums sums = new TileSums(a, rows);
        begin(a, sums);
        loads.begin(a);
        if (layout.highBits > 0) {
            a.lea(HIGH, at(LOW, layout.high));
        }
        a.add(LOW, layout.low);
        Label unit = a.here("unit");
        new RunNumberLoads(layout.numbers, layout.perUnit, LOW, -layout.low, SCALE).write(a);
        a.mov(RUNS, new Immediate(layout.perUnit));
        Label run = a.here("run");
        run(a, sums, loads);
        a.sub(RUNS, 1);
        a.jne(run);
        a.sub(SCALE, layout.roomBytes());
        a.add(LOW, layout.unitBytes - layout.perUnit * layout.lowRun());
        if (layout.highBits > 0) {
            a.add(HIGH, layout.unitBytes - layout.perUnit * layout.highRun());
        }
        a.sub(UNITS, 1);
        a.jne(unit);
        end(a, sums);
        a.pop(RUNS);
        a.ret();
        loads.constants(a);
        return a.assemble();
    }

    /** The f32 sums are 0 or what is in C. */
    private static void begin(Assembler a, TileSums sums) {
        a.mov(HIGH, at(Gpr.RSP, 32));
        a.mov(RUNS, at(Gpr.RSP, 24));
        sums.begin(HIGH, at(Gpr.RSP, 16), RUNS);
    }

    private static void end(Assembler a, TileSums sums) {
        a.mov(HIGH, at(Gpr.RSP, 16));
        a.mov(RUNS, at(Gpr.RSP, 24));
        sums.store(HIGH, RUNS);
    }

    private void run(Assembler a, TileSums sums, CodeLoads loads) {
        for (int row = 0; row < rows; row++) {
            a.vpbroadcastd(integers(row, 0), number(row, 8));
            a.vmovups(integers(row, 1), integers(row, 0));
        }
        for (int step = 0; step < layout.run; step += CodeLoads.STEPS) {
            loads.unsigned(a, step);
            loads.ahead(a, step);
            for (int row = 0; row < rows; row++) {
                a.vpbroadcastd(FOUR, of(THIRD_CODES, row, step));
                a.vpdpbusd(integers(row, 0), W0, FOUR);
                a.vpdpbusd(integers(row, 1), W1, FOUR);
            }
        }
        for (int half = 0; half < 2; half++) {
            a.vmovups(W0, at(SCALE, half * Zmm.BYTES));
            if (layout.numbers.hasMinima()) {
                a.vmovups(W1, at(SCALE, (2 + half) * Zmm.BYTES));
            }
            for (int row = 0; row < rows; row++) {
                a.vmulps(FOUR, W0, number(row, 0).repeated());
                a.vcvtdq2ps(integers(row, half), integers(row, half));
                a.vfmadd231ps(sums.sum(row, half), integers(row, half), FOUR);
                if (layout.numbers.hasMinima()) {
                    a.vfmadd231ps(sums.sum(row, half), W1, number(row, 4).repeated());
                }
            }
        }
        for (int third = 0; third * 3 < rows; third++) {
            a.add(THIRD_NUMBERS.get(third), NUMBERS);
            a.add(THIRD_CODES.get(third), layout.run);
        }
        a.add(LOW, layout.lowRun());
        if (layout.highBits > 0) {
            a.add(HIGH, layout.highRun());
        }
        a.add(SCALE, layout.numbers.vectors() * Zmm.BYTES);
    }

    private static Address number(int row, int displacement) {
        return of(THIRD_NUMBERS, row, displacement);
    }

    private static Address of(List<Gpr> thirds, int row, int displacement) {
        Gpr third = thirds.get(row / 3);
        return row % 3 == 0 ? at(third, displacement) : at(third, STRIDE, row % 3, displacement);
    }
}
