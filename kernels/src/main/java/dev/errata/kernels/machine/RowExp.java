package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * exp over whole vectors of floats by the steps of the Vector API's twin (Cody and Waite 1980, a polynomial), whose bits it has; of NaN it
 * makes another NaN. It compares without masks: the sign of a difference, spread over its lane, chooses between two numbers.
 */
public final class RowExp {
    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr VECTORS = Gpr.RDX;
    private static final Gpr UP = Gpr.RCX;
    private static final Gpr TABLE = Gpr.RAX;

    private static final Zmm X = new Zmm(0);
    private static final Zmm ROUNDED = new Zmm(1);
    private static final Zmm N = new Zmm(2);
    private static final Zmm R = new Zmm(3);
    private static final Zmm P = new Zmm(4);
    private static final Zmm LOW = new Zmm(5);
    private static final Zmm HIGH = new Zmm(6);
    private static final Zmm ONE = new Zmm(13);

    private static final Zmm FACTOR = new Zmm(14);
    private static final Zmm SHIFT = new Zmm(15);
    private static final int FIRST_CONSTANT = 16;

    /** not first and second: its bits by those of the two. */
    private static final int WITHOUT = 0x0C;
    /** first ? second : third. */
    private static final int CHOICE = 0xCA;

    private final Assembler a;
    private final Constants constants;
    private final boolean gates;
    private int count;

    /**
     * What the twin's steps consist of.
     *
     * @param rounder adding it rounds to an integer, which then stands in the low bits
     * @param lowest below it the result is 0
     * @param highest above it the result is infinite
     * @param polynomial the factor of the highest power first, eight of them
     */
    public record Constants(
            float log2e,
            float rounder,
            float minusLn2High,
            float minusLn2Low,
            float lowest,
            float highest,
            float... polynomial) {}

    private RowExp(Constants constants, boolean gates) {
        a = new Assembler(gates ? "gated row" : "exp of a row");
        this.constants = constants;
        this.gates = gates;
    }

    /**
     * A function of: numbers, where their exp(factor · x + shift) go, which may be the same, vectors of 16 (at least 1), three numbers that
     * nothing is done with, the bits of the factor and those of the shift.
     */
    public static MachineCode code(Constants constants) {
        return new RowExp(constants, false).listing();
    }

    /**
     * A function of: gates g, where g · σ · up goes, with σ = 1 / (1 + exp(factor · g + shift)), vectors of 16, the numbers up, two numbers
     * that nothing is done with, the bits of the factor and those of the shift.
     */
    public static MachineCode gated(Constants constants) {
        return new RowExp(constants, true).listing();
    }

    private MachineCode listing() {
        int polynomial = constants.polynomial.length;
        ByteBuffer table = ByteBuffer.allocate((9 + polynomial) * 4).order(ByteOrder.LITTLE_ENDIAN);
        Label numbers = a.label("numbers");
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        a.vpbroadcastd(SHIFT, at(Gpr.RSP, 16));
        a.lea(TABLE, at(numbers));
        Zmm log2e = constant(table, constants.log2e);
        Zmm rounder = constant(table, constants.rounder);
        Zmm minusLn2High = constant(table, constants.minusLn2High);
        Zmm minusLn2Low = constant(table, constants.minusLn2Low);
        Zmm lowest = constant(table, constants.lowest);
        Zmm highest = constant(table, constants.highest);
        Zmm infinity = constant(table, Float.POSITIVE_INFINITY);
        Zmm zero = constant(table, 0);
        Zmm[] factors = new Zmm[polynomial];
        for (int i = 0; i < polynomial; i++) {
            factors[i] = constant(table, constants.polynomial[i]);
        }
        if (gates) {
            a.vpbroadcastd(ONE, at(TABLE, table.position()));
            table.putFloat(1);
        }
        Label loop = a.here("loop");
        a.vmovups(X, at(FROM));
        a.vfmadd213ps(X, FACTOR, SHIFT);
        a.vmovups(ROUNDED, X);
        a.vfmadd213ps(ROUNDED, log2e, rounder);
        a.vsubps(N, ROUNDED, rounder);
        a.vmovups(R, X);
        a.vfmadd231ps(R, N, minusLn2High);
        a.vfmadd231ps(R, N, minusLn2Low);
        a.vmovups(P, factors[0]);
        for (int i = 1; i < polynomial; i++) {
            a.vfmadd213ps(P, R, factors[i]);
        }
        a.vpslld(ROUNDED, ROUNDED, 23);
        a.vpaddd(P, P, ROUNDED);
        a.vsubps(LOW, X, lowest);
        a.vpsrad(LOW, LOW, 31);
        a.vpternlogd(LOW, P, P, WITHOUT);
        a.vsubps(HIGH, highest, X);
        a.vpsrad(HIGH, HIGH, 31);
        a.vpternlogd(HIGH, infinity, LOW, CHOICE);
        // What is clamped is NaN where x is, and finite elsewhere.
        a.vminps(X, highest, X);
        a.vmaxps(X, lowest, X);
        a.vfmadd231ps(HIGH, X, zero);
        if (gates) {
            a.vaddps(HIGH, HIGH, ONE);
            a.vdivps(HIGH, ONE, HIGH);
            a.vmulps(HIGH, HIGH, at(FROM));
            a.vmulps(HIGH, HIGH, at(UP));
            a.add(UP, Zmm.BYTES);
        }
        a.vmovups(at(TO), HIGH);
        a.add(FROM, Zmm.BYTES);
        a.add(TO, Zmm.BYTES);
        a.sub(VECTORS, 1);
        a.jne(loop);
        a.ret();
        a.constant(numbers, table.array());
        return a.assemble();
    }

    /** A register that holds a number in every lane. */
    private Zmm constant(ByteBuffer table, float value) {
        Zmm register = new Zmm(FIRST_CONSTANT + count);
        a.vpbroadcastd(register, at(TABLE, table.position()));
        table.putFloat(value);
        count++;
        return register;
    }
}
