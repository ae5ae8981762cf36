package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Root mean square normalization of a row of bf16, 16 elements at a time, by the steps of the Vector API's twins, whose bits it has. */
public final class Bf16Norm {
    private static final Zmm X = new Zmm(0);
    private static final Zmm SUM = new Zmm(1);
    private static final Zmm FREE = new Zmm(2);
    private static final Zmm FACTOR = new Zmm(3);
    private static final int ROUNDING = 4;

    private Bf16Norm() {}

    /** A function of: BF16, where 16 sums of squares go, one for each lane, a chain of FMA each, vectors (at least 1). */
    public static MachineCode sumOfSquares() {
        Assembler a = new Assembler("squares of a row of bf16");
        a.vpxord(SUM, SUM, SUM);
        Label loop = a.here("loop");
        a.vpmovzxwd(X, at(Gpr.RDI));
        a.vpslld(X, X, 16);
        a.vfmadd231ps(SUM, X, X);
        a.add(Gpr.RDI, Bf16Rounding.BYTES);
        a.sub(Gpr.RDX, 1);
        a.jne(loop);
        a.vmovups(at(Gpr.RSI), SUM);
        a.ret();
        return a.assemble();
    }

    /**
     * A function of: BF16 x, F32 weights w, where x · factor · w goes as BF16, which may be x, vectors (at least 1), and as the seventh the
     * factor's bits.
     *
     * @param rounds whether x · factor is rounded before it is multiplied
     */
    public static MachineCode scale(boolean rounds) {
        Assembler a = new Assembler("a row of bf16 times a factor" + (rounds ? ", rounded," : "") + " and a weight");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, Gpr.RAX);
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        Label loop = a.here("loop");
        bf16.widened(X, at(Gpr.RDI));
        a.vmulps(X, X, FACTOR);
        if (rounds) {
            bf16.rounded(SUM, X);
            a.vmulps(X, SUM, at(Gpr.RSI));
        } else {
            a.vmulps(X, X, at(Gpr.RSI));
        }
        bf16.stored(at(Gpr.RDX), X, FREE);
        a.add(Gpr.RDI, Bf16Rounding.BYTES);
        a.add(Gpr.RSI, Zmm.BYTES);
        a.add(Gpr.RDX, Bf16Rounding.BYTES);
        a.sub(Gpr.RCX, 1);
        a.jne(loop);
        a.ret();
        bf16.constants();
        return a.assemble();
    }
}
