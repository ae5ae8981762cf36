package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * exp of a vector of floats within a listing, by the steps of the Vector API's twin (Cody and Waite 1980, a polynomial), whose bits it has;
 * of NaN it makes another NaN. It compares without masks: the sign of a difference, spread over its lane, chooses between two numbers.
 */
final class ExpSteps {
    /** What exp is taken of; changed. */
    static final Zmm X = new Zmm(0);

    /** Free before and after the steps. */
    static final Zmm R = new Zmm(3);

    /** Free before and after the steps. */
    static final Zmm P = new Zmm(4);

    /** Free before and after the steps. */
    static final Zmm N = new Zmm(2);

    static final Zmm RESULT = new Zmm(6);

    private static final Zmm ROUNDED = new Zmm(1);
    private static final Zmm LOW = new Zmm(5);
    private static final int FIRST_CONSTANT = 16;

    /** not first and second: its bits by those of the two. */
    private static final int WITHOUT = 0x0C;
    /** first ? second : third. */
    private static final int CHOICE = 0xCA;

    private final Assembler a;
    private final ByteBuffer table;
    private final Label numbers;
    private int count;
    private final Zmm log2e;
    private final Zmm rounder;
    private final Zmm minusLn2High;
    private final Zmm minusLn2Low;
    private final Zmm lowest;
    private final Zmm highest;
    private final Zmm infinity;
    private final Zmm zero;
    private final Zmm[] factors;

    /**
     * Loads the constants into registers 16 to 31.
     *
     * @param free a register that is changed on the way
     */
    ExpSteps(Assembler a, RowExp.Constants of, Gpr free) {
        this.a = a;
        numbers = a.label("numbers of exp");
        table = ByteBuffer.allocate((8 + of.polynomial().length) * 4).order(ByteOrder.LITTLE_ENDIAN);
        a.lea(free, at(numbers));
        log2e = constant(free, of.log2e());
        rounder = constant(free, of.rounder());
        minusLn2High = constant(free, of.minusLn2High());
        minusLn2Low = constant(free, of.minusLn2Low());
        lowest = constant(free, of.lowest());
        highest = constant(free, of.highest());
        infinity = constant(free, Float.POSITIVE_INFINITY);
        zero = constant(free, 0);
        factors = new Zmm[of.polynomial().length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = constant(free, of.polynomial()[i]);
        }
    }

    /** RESULT = exp(X). */
    void apply() {
        a.vmovups(ROUNDED, X);
        a.vfmadd213ps(ROUNDED, log2e, rounder);
        a.vsubps(N, ROUNDED, rounder);
        a.vmovups(R, X);
        a.vfmadd231ps(R, N, minusLn2High);
        a.vfmadd231ps(R, N, minusLn2Low);
        a.vmovups(P, factors[0]);
        for (int i = 1; i < factors.length; i++) {
            a.vfmadd213ps(P, R, factors[i]);
        }
        a.vpslld(ROUNDED, ROUNDED, 23);
        a.vpaddd(P, P, ROUNDED);
        a.vsubps(LOW, X, lowest);
        a.vpsrad(LOW, LOW, 31);
        a.vpternlogd(LOW, P, P, WITHOUT);
        a.vsubps(RESULT, highest, X);
        a.vpsrad(RESULT, RESULT, 31);
        a.vpternlogd(RESULT, infinity, LOW, CHOICE);
        // What is clamped is NaN where x is, and finite elsewhere.
        a.vminps(X, highest, X);
        a.vmaxps(X, lowest, X);
        a.vfmadd231ps(RESULT, X, zero);
    }

    /** What the steps read, at the listing's end. */
    void constants() {
        a.constant(numbers, table.array());
    }

    /** A register that holds a number in every lane. */
    private Zmm constant(Gpr at, float value) {
        Zmm register = new Zmm(FIRST_CONSTANT + count);
        a.vpbroadcastd(register, at(at, table.position()));
        table.putFloat(value);
        count++;
        return register;
    }
}
