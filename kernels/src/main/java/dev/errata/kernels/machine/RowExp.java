package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** exp over whole vectors of floats ({@link ExpSteps}), and what is made of it for gates. */
public final class RowExp {
    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr VECTORS = Gpr.RDX;
    private static final Gpr UP = Gpr.RCX;
    private static final Gpr D_OUT = Gpr.R8;
    private static final Gpr D_UP = Gpr.R9;
    private static final Gpr FREE = Gpr.RAX;

    private static final Zmm X = ExpSteps.X;
    private static final Zmm N = ExpSteps.N;
    private static final Zmm R = ExpSteps.R;
    private static final Zmm P = ExpSteps.P;
    private static final Zmm HIGH = ExpSteps.RESULT;
    /** The first of four registers. */
    private static final int ROUNDING = 7;

    private static final Zmm ONE = new Zmm(13);
    private static final Zmm FACTOR = new Zmm(14);
    private static final Zmm SHIFT = new Zmm(15);

    private final Assembler a;
    private final Constants constants;
    private final Work work;

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
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        a.vpbroadcastd(SHIFT, at(Gpr.RSP, 16));
        ExpSteps exp = new ExpSteps(a, constants, FREE);
        Bf16Rounding bf16 = work.isBf16() ? new Bf16Rounding(a, ROUNDING, FREE) : null;
        Label one = a.label("one");
        if (work != Work.EXP) {
            a.vmovups(ONE, at(one));
        }
        Label loop = a.here("loop");
        if (bf16 == null) {
            a.vmovups(X, at(FROM));
        } else {
            bf16.widened(X, at(FROM));
        }
        a.vfmadd213ps(X, FACTOR, SHIFT);
        exp.apply();
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
        exp.constants();
        if (work != Work.EXP) {
            a.constant(one, ones());
        }
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

    private static byte[] ones() {
        ByteBuffer ones = ByteBuffer.allocate(Zmm.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (ones.hasRemaining()) {
            ones.putFloat(1);
        }
        return ones.array();
    }
}
