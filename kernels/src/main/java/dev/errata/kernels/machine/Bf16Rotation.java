package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Heads of a row of bf16 turned in their place, as {@link F32Rows#rotate} but with each product and each sum rounded. */
public final class Bf16Rotation {
    private static final Gpr LOWER = Gpr.RDI;
    private static final Gpr UPPER = Gpr.RSI;
    private static final Gpr STRIDE = Gpr.RDX;
    private static final Gpr HEADS = Gpr.RCX;
    private static final Gpr COSINES = Gpr.R8;
    private static final Gpr SINES = Gpr.R9;
    private static final Gpr PLACE = Gpr.R10;
    private static final Gpr LEFT = Gpr.R11;

    private static final Zmm X1 = new Zmm(0);
    private static final Zmm X2 = new Zmm(1);
    private static final Zmm COS = new Zmm(2);
    private static final Zmm SIN = new Zmm(3);
    private static final Zmm STRAIGHT = new Zmm(4);
    private static final Zmm TURNED = new Zmm(5);
    private static final Zmm PRODUCT = new Zmm(6);
    private static final Zmm SIGN = new Zmm(7);
    private static final int ROUNDING = 8;

    private Bf16Rotation() {}

    /**
     * A function of: the first head's lower half, its upper half, bytes from head to head, heads (at least 1), cosines and sines as F32, and
     * beyond the six the bits of a factor of the sines and vectors of a half (at least 1).
     */
    public static MachineCode code() {
        Assembler a = new Assembler("heads of a row of bf16 turned");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, Gpr.RAX);
        a.vpbroadcastd(SIGN, at(Gpr.RSP, 8));
        Label head = a.here("head");
        a.mov(PLACE, new Immediate(0));
        a.mov(LEFT, at(Gpr.RSP, 16));
        Label loop = a.here("loop");
        bf16.widened(X1, at(LOWER, PLACE, 1, 0));
        bf16.widened(X2, at(UPPER, PLACE, 1, 0));
        a.vmovups(COS, at(COSINES, PLACE, 2, 0));
        a.vmulps(SIN, SIGN, at(SINES, PLACE, 2, 0));
        product(a, bf16, STRAIGHT, X1, COS);
        product(a, bf16, TURNED, X2, SIN);
        a.vsubps(STRAIGHT, STRAIGHT, TURNED);
        bf16.stored(at(LOWER, PLACE, 1, 0), STRAIGHT, PRODUCT);
        product(a, bf16, STRAIGHT, X2, COS);
        product(a, bf16, TURNED, X1, SIN);
        a.vaddps(STRAIGHT, STRAIGHT, TURNED);
        bf16.stored(at(UPPER, PLACE, 1, 0), STRAIGHT, PRODUCT);
        a.add(PLACE, Bf16Rounding.BYTES);
        a.sub(LEFT, 1);
        a.jne(loop);
        a.add(LOWER, STRIDE);
        a.add(UPPER, STRIDE);
        a.sub(HEADS, 1);
        a.jne(head);
        a.ret();
        bf16.constants();
        return a.assemble();
    }

    private static void product(Assembler a, Bf16Rounding bf16, Zmm to, Zmm x, Zmm y) {
        a.vmulps(PRODUCT, x, y);
        bf16.rounded(to, PRODUCT);
    }
}
