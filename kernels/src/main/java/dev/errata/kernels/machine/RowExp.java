package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * exp over whole vectors of floats by the steps of the Vector API's twin (Cody and Waite 1980, a polynomial), whose bits it has; of NaN it
 * makes another NaN. It compares without masks: the sign of a difference, spread over its lane, chooses between two numbers.
 */
public final class RowExp {
    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr VECTORS = Gpr.RDX;
    private static final Gpr UP = Gpr.RCX;
    private static final Gpr D_OUT = Gpr.R8;
    private static final Gpr D_UP = Gpr.R9;
    private static final Gpr TABLE = Gpr.RAX;

    private static final Zmm X = new Zmm(0);
    private static final Zmm ROUNDED = new Zmm(1);
    private static final Zmm N = new Zmm(2);
    private static final Zmm R = new Zmm(3);
    private static final Zmm P = new Zmm(4);
    private static final Zmm LOW = new Zmm(5);
    private static final Zmm HIGH = new Zmm(6);
    /** The first of four registers. */
    private static final int ROUNDING = 7;

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
    private final Work work;
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

    /** What is made of the exponentials. */
    private enum Work {
        EXP("exp of a row"),
        GATED("gated row"),
        GATED_BF16("gated row of bf16"),
        GATED_GRADIENT_BF16("gradient of a gated row of bf16");

        private final String title;

        Work(String title) {
            this.title = title;
        }

        boolean isBf16() {
            return this == GATED_BF16 || this == GATED_GRADIENT_BF16;
        }
    }

    private RowExp(Constants constants, Work work) {
        a = new Assembler(work.title);
        this.constants = constants;
        this.work = work;
    }

    /**
     * A function of: numbers, where their exp(factor · x + shift) go, which may be the same, vectors of 16 (at least 1), three numbers that
     * nothing is done with, the bits of the factor and those of the shift.
     */
    public static MachineCode code(Constants constants) {
        return new RowExp(constants, Work.EXP).listing();
    }

    /**
     * A function of: gates g, where g · σ · up goes, with σ = 1 / (1 + exp(factor · g + shift)), vectors of 16, the numbers up, two numbers
     * that nothing is done with, the bits of the factor and those of the shift.
     */
    public static MachineCode gated(Constants constants) {
        return new RowExp(constants, Work.GATED).listing();
    }

    /** The same of BF16, where g · σ is rounded and its product with up again. */
    public static MachineCode gatedBf16(Constants constants) {
        return new RowExp(constants, Work.GATED_BF16).listing();
    }

    /**
     * The gradients for a factor of −1, all in BF16, rounded once: dGate = dOut · up · σ · (1 + g · (1 − σ)), dUp = dOut · g · σ. A function of:
     * gates g, where dGate goes, vectors of 16, the numbers up, dOut, where dUp goes, the bits of the factor and those of the shift.
     */
    public static MachineCode gatedGradientBf16(Constants constants) {
        return new RowExp(constants, Work.GATED_GRADIENT_BF16).listing();
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
        if (work != Work.EXP) {
            a.vpbroadcastd(ONE, at(TABLE, table.position()));
            table.putFloat(1);
        }
        Bf16Rounding bf16 = work.isBf16() ? new Bf16Rounding(a, ROUNDING, TABLE) : null;
        Label loop = a.here("loop");
        if (bf16 == null) {
            a.vmovups(X, at(FROM));
        } else {
            bf16.widened(X, at(FROM));
        }
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
        if (work != Work.EXP) {
            a.vaddps(HIGH, HIGH, ONE);
            a.vdivps(HIGH, ONE, HIGH);
        }
        switch (work) {
            case EXP -> a.vmovups(at(TO), HIGH);
            case GATED -> {
                a.vmulps(HIGH, HIGH, at(FROM));
                a.vmulps(HIGH, HIGH, at(UP));
                a.vmovups(at(TO), HIGH);
            }
            case GATED_BF16 -> gateBf16(bf16);
            case GATED_GRADIENT_BF16 -> gradientBf16(bf16);
        }
        int bytes = work.isBf16() ? Bf16Rounding.BYTES : Zmm.BYTES;
        for (Gpr pointer : pointers()) {
            a.add(pointer, bytes);
        }
        a.sub(VECTORS, 1);
        a.jne(loop);
        a.ret();
        a.constant(numbers, table.array());
        if (bf16 != null) {
            bf16.constants();
        }
        return a.assemble();
    }

    private List<Gpr> pointers() {
        return switch (work) {
            case EXP -> List.of(FROM, TO);
            case GATED, GATED_BF16 -> List.of(FROM, TO, UP);
            case GATED_GRADIENT_BF16 -> List.of(FROM, TO, UP, D_OUT, D_UP);
        };
    }

    /** σ is in HIGH; what held steps of exp is free. */
    private void gateBf16(Bf16Rounding bf16) {
        bf16.widened(X, at(FROM));
        a.vmulps(X, X, HIGH);
        bf16.rounded(R, X);
        bf16.widened(X, at(UP));
        a.vmulps(X, X, R);
        bf16.stored(at(TO), X, R);
    }

    /** In the order of the twin's products, on which the bits depend. */
    private void gradientBf16(Bf16Rounding bf16) {
        Zmm g = X;
        Zmm d = R;
        bf16.widened(g, at(FROM));
        bf16.widened(d, at(D_OUT));
        a.vmulps(P, d, g);
        a.vmulps(P, P, HIGH);
        bf16.widened(N, at(UP));
        a.vmulps(d, d, N);
        a.vmulps(d, d, HIGH);
        bf16.stored(at(D_UP), P, N);
        a.vsubps(P, ONE, HIGH);
        a.vmulps(P, P, g);
        a.vaddps(P, P, ONE);
        a.vmulps(d, d, P);
        bf16.stored(at(TO), d, N);
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
