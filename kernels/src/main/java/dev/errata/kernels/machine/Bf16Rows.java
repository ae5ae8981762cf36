package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rows of f32 rounded to bf16 and back, 32 elements at a time. Rounding is to the nearest, of two to the even one, done in integers, so that
 * numbers too small to be normal keep their bits (VCVTNE2PS2BF16 makes them 0); a NaN becomes quiet and keeps the rest of its upper half.
 */
public final class Bf16Rows {
    /** Elements that are converted at a time. */
    public static final int RUN = 32;

    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr FROM_STRIDE = Gpr.RSI;
    private static final Gpr TO = Gpr.RDX;
    private static final Gpr TO_STRIDE = Gpr.RCX;
    private static final Gpr ROWS = Gpr.R8;
    private static final Gpr RUNS = Gpr.R9;
    private static final Gpr READ = Gpr.RAX;
    private static final Gpr WRITTEN = Gpr.R10;
    private static final Gpr LEFT = Gpr.R11;

    private static final Zmm ONE = new Zmm(16);
    private static final Zmm HALF = new Zmm(17);
    private static final Zmm QUIET = new Zmm(18);
    private static final Zmm HIGHEST = new Zmm(19);
    private static final Zmm LOWEST = new Zmm(20);
    private static final Zmm ZERO = new Zmm(21);
    private static final Zmm UPPER_HALVES = new Zmm(22);
    private static final Zmm LOWER_BITS = new Zmm(23);

    /** first ? second : third. */
    private static final int CHOICE = 0xCA;
    /** first and not second. */
    private static final int WITHOUT = 0x30;
    /** All bits, whatever was there. */
    private static final int ALL = 0xFF;

    private Bf16Rows() {}

    /** A function of: F32, bytes from row to row, where BF16 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode narrow() {
        Assembler a = new Assembler("rows of f32 to bf16");
        Label upperHalves = a.label("upper halves");
        a.vmovups(UPPER_HALVES, at(upperHalves));
        rounding(a, () -> {
            Zmm lower = rounded(a, 0, at(READ));
            Zmm upper = rounded(a, 4, at(READ, Zmm.BYTES));
            a.vpermt2w(lower, UPPER_HALVES, upper);
            a.vmovups(at(WRITTEN), lower);
            a.add(READ, 2 * Zmm.BYTES);
            a.add(WRITTEN, Zmm.BYTES);
        });
        a.constant(upperHalves, upperHalves());
        return a.assemble();
    }

    /** A function of: F32, bytes from row to row, where the same go, rounded, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode round() {
        Assembler a = new Assembler("rows of f32 rounded to bf16");
        a.vpternlogd(LOWER_BITS, LOWER_BITS, LOWER_BITS, ALL);
        a.vpsrld(LOWER_BITS, LOWER_BITS, 16);
        rounding(a, () -> {
            for (int half = 0; half < 2; half++) {
                Zmm all = rounded(a, 4 * half, at(READ, half * Zmm.BYTES));
                a.vpternlogd(all, LOWER_BITS, LOWER_BITS, WITHOUT);
                a.vmovups(at(WRITTEN, half * Zmm.BYTES), all);
            }
            a.add(READ, 2 * Zmm.BYTES);
            a.add(WRITTEN, 2 * Zmm.BYTES);
        });
        return a.assemble();
    }

    private static void rounding(Assembler a, Runnable run) {
        Label numbers = a.label("numbers");
        ByteBuffer table = ByteBuffer.allocate(5 * 4).order(ByteOrder.LITTLE_ENDIAN);
        a.lea(READ, at(numbers));
        constant(a, ONE, 1, table);
        constant(a, HALF, 0x7FFF, table);
        constant(a, QUIET, 0x0040_0000, table);
        constant(a, HIGHEST, Float.floatToRawIntBits(Float.MAX_VALUE), table);
        constant(a, LOWEST, Float.floatToRawIntBits(-Float.MAX_VALUE), table);
        a.vpxord(ZERO, ZERO, ZERO);
        rows(a, run);
        a.constant(numbers, table.array());
    }

    /** A function of: BF16, bytes from row to row, where F32 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode widen() {
        Assembler a = new Assembler("rows of bf16 to f32");
        Zmm lower = new Zmm(0);
        Zmm upper = new Zmm(1);
        rows(a, () -> {
            a.vpmovzxwd(lower, at(READ));
            a.vpmovzxwd(upper, at(READ, Zmm.BYTES / 2));
            a.vpslld(lower, lower, 16);
            a.vpslld(upper, upper, 16);
            a.vmovups(at(WRITTEN), lower);
            a.vmovups(at(WRITTEN, Zmm.BYTES), upper);
            a.add(READ, Zmm.BYTES);
            a.add(WRITTEN, 2 * Zmm.BYTES);
        });
        return a.assemble();
    }

    /** Puts a word into every lane. */
    private static void constant(Assembler a, Zmm to, int word, ByteBuffer table) {
        a.vpbroadcastd(to, at(READ, table.position()));
        table.putInt(word);
    }

    /** The upper halves of the words of one register, then those of another. */
    private static byte[] upperHalves() {
        byte[] indices = new byte[Zmm.BYTES];
        for (int word = 0; word < RUN; word++) {
            indices[2 * word] = (byte) (2 * word + 1);
        }
        return indices;
    }

    private static void rows(Assembler a, Runnable run) {
        Label row = a.here("row");
        a.mov(READ, FROM);
        a.mov(WRITTEN, TO);
        a.mov(LEFT, RUNS);
        Label loop = a.here("run");
        run.run();
        a.sub(LEFT, 1);
        a.jne(loop);
        a.add(FROM, FROM_STRIDE);
        a.add(TO, TO_STRIDE);
        a.sub(ROWS, 1);
        a.jne(row);
        a.ret();
    }

    /**
     * The rounded number in the upper halves, something in the lower ones.
     *
     * @param first the number of the first of four registers that may be changed
     */
    private static Zmm rounded(Assembler a, int first, Address from) {
        Zmm x = new Zmm(first);
        Zmm nearest = new Zmm(first + 1);
        Zmm isNan = new Zmm(first + 2);
        a.vmovups(x, from);
        a.vpsrld(nearest, x, 16);
        a.vpandd(nearest, nearest, ONE);
        a.vpaddd(nearest, nearest, HALF);
        a.vpaddd(nearest, nearest, x);
        // What is clamped is NaN where x is, and finite elsewhere; 0 times it has all bits of the exponent or none.
        a.vminps(isNan, HIGHEST, x);
        a.vmaxps(isNan, LOWEST, isNan);
        a.vmulps(isNan, isNan, ZERO);
        a.vpslld(isNan, isNan, 1);
        a.vpsrad(isNan, isNan, 31);
        a.vpord(x, x, QUIET);
        a.vpternlogd(isNan, x, nearest, CHOICE);
        return isNan;
    }
}
