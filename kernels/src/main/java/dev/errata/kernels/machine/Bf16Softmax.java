package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rows of scores to probabilities and their gradients, with the roundings that torch has in bf16 since each step is an operator there: a
 * score is rounded, multiplied by the scale and rounded again. By the steps of the Vector API's twins, whose bits it has but for NaN's.
 */
public final class Bf16Softmax {
    private static final Gpr ROW = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr VECTORS = Gpr.RDX;
    private static final Gpr FREE = Gpr.RAX;

    private static final Zmm X = ExpSteps.X;
    private static final Zmm RESULT = ExpSteps.RESULT;
    private static final int ROUNDING = 7;
    private static final Zmm LARGEST = new Zmm(11);
    private static final Zmm SUM = new Zmm(12);
    private static final Zmm SCALE = new Zmm(14);
    private static final Zmm SHIFT = new Zmm(15);
    private static final Opmask BEHIND = new Opmask(2);

    /** The second source. */
    private static final int SECOND = 0xCC;

    private Bf16Softmax() {}

    /**
     * x = exp(s − m) for the scores s of a row and the largest of them m, in their place. A function of: scores as F32, where the vector of
     * 16 times m goes and after it that of 16 sums, one for each lane; vectors (at least 1), three numbers that nothing is done with, the
     * bits of the scale, and bits of the lanes of the last vector that aren't seen: those become 0.
     */
    public static MachineCode exponentials(RowExp.Constants constants) {
        Gpr read = Gpr.RCX;
        Gpr left = Gpr.R8;
        Assembler a = new Assembler("exponentials of a row of scores");
        ExpSteps exp = new ExpSteps(a, constants, FREE);
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, FREE);
        Label lowest = a.label("lowest");
        Label last = a.label("last");
        a.vpbroadcastd(SCALE, at(Gpr.RSP, 8));
        a.kmovw(BEHIND, at(Gpr.RSP, 16));
        a.vmovups(LARGEST, at(lowest));
        a.vmovups(SHIFT, LARGEST);
        a.mov(read, ROW);
        a.mov(left, VECTORS);
        Label scores = a.here("scores");
        finished(a, bf16, at(read));
        a.sub(left, 1);
        a.je(last);
        a.vmaxps(LARGEST, X, LARGEST);
        a.vmovups(at(read), X);
        a.add(read, Zmm.BYTES);
        a.jmp(scores);
        a.bind(last);
        a.vpternlogd(X.where(BEHIND), SHIFT, SHIFT, SECOND);
        // The second, where one of the two is NaN.
        a.vmaxps(LARGEST, X, LARGEST);
        a.vmovups(at(read), X);
        spread(a);
        a.vpxord(SUM, SUM, SUM);
        a.mov(read, ROW);
        a.mov(left, VECTORS);
        Label powers = a.here("powers");
        a.vmovups(X, at(read));
        a.vsubps(X, X, LARGEST);
        exp.apply();
        a.vaddps(SUM, SUM, RESULT);
        a.vmovups(at(read), RESULT);
        a.add(read, Zmm.BYTES);
        a.sub(left, 1);
        a.jne(powers);
        a.vmovups(at(TO), LARGEST);
        a.vmovups(at(TO, Zmm.BYTES), SUM);
        a.ret();
        exp.constants();
        bf16.constants();
        a.constant(lowest, lowest());
        return a.assemble();
    }

    /** A function of: F32, where they go times a factor as BF16, which may be in their place, vectors (at least 1), and as the seventh the factor's bits. */
    public static MachineCode probabilities() {
        Assembler a = new Assembler("probabilities of a row");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, FREE);
        a.vpbroadcastd(SCALE, at(Gpr.RSP, 8));
        Label loop = a.here("loop");
        a.vmulps(X, SCALE, at(ROW));
        bf16.stored(at(TO), X, RESULT);
        a.add(ROW, Zmm.BYTES);
        a.add(TO, Bf16Rounding.BYTES);
        a.sub(VECTORS, 1);
        a.jne(loop);
        a.ret();
        bf16.constants();
        return a.assemble();
    }

    /**
     * p = exp(s − lse) and dS = (dP − delta) · p · scale. A function of: scores and dP as F32; where p and dS go as BF16, which may be in the
     * places of the two; vectors (at least 1), a number that nothing is done with, and beyond the six the bits of the scale, of −lse and of
     * delta.
     */
    public static MachineCode gradient(RowExp.Constants constants) {
        Gpr dP = Gpr.RSI;
        Gpr p = Gpr.RDX;
        Gpr dS = Gpr.RCX;
        Gpr vectors = Gpr.R8;
        Zmm delta = LARGEST;
        Zmm d = ExpSteps.P;
        Zmm free = ExpSteps.N;
        Assembler a = new Assembler("gradient of a row of scores");
        ExpSteps exp = new ExpSteps(a, constants, FREE);
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, FREE);
        a.vpbroadcastd(SCALE, at(Gpr.RSP, 8));
        a.vpbroadcastd(SHIFT, at(Gpr.RSP, 16));
        a.vpbroadcastd(delta, at(Gpr.RSP, 24));
        Label loop = a.here("loop");
        finished(a, bf16, at(ROW));
        a.vaddps(X, X, SHIFT);
        exp.apply();
        a.vmovups(d, at(dP));
        a.vsubps(d, d, delta);
        a.vmulps(d, d, RESULT);
        a.vmulps(d, d, SCALE);
        bf16.stored(at(p), RESULT, free);
        bf16.stored(at(dS), d, free);
        a.add(ROW, Zmm.BYTES);
        a.add(dP, Zmm.BYTES);
        a.add(p, Bf16Rounding.BYTES);
        a.add(dS, Bf16Rounding.BYTES);
        a.sub(vectors, 1);
        a.jne(loop);
        a.ret();
        exp.constants();
        bf16.constants();
        return a.assemble();
    }

    /** X = the scores there, rounded, times the scale, rounded. */
    private static void finished(Assembler a, Bf16Rounding bf16, Address scores) {
        a.vmovups(X, scores);
        bf16.rounded(RESULT, X);
        a.vmulps(RESULT, RESULT, SCALE);
        bf16.rounded(X, RESULT);
    }

    /** The largest of all lanes in each. */
    private static void spread(Assembler a) {
        for (int halves : new int[] {0b01_00_11_10, 0b10_11_00_01}) {
            a.vshufi32x4(X, LARGEST, LARGEST, halves);
            a.vmaxps(LARGEST, X, LARGEST);
        }
        for (int halves : new int[] {0b01_00_11_10, 0b10_11_00_01}) {
            a.vpshufd(X, LARGEST, halves);
            a.vmaxps(LARGEST, X, LARGEST);
        }
    }

    private static byte[] lowest() {
        ByteBuffer numbers = ByteBuffer.allocate(Zmm.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (numbers.hasRemaining()) {
            numbers.putFloat(Float.NEGATIVE_INFINITY);
        }
        return numbers.array();
    }
}
