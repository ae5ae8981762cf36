package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Brings a panel of bf16 from {@link Bf16Tile.Order#OUTPUTS} to {@link Bf16Tile.Order#STEPS}, where a unit takes no other. */
public final class PanelPairs {
    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr PAIRS = Gpr.RDX;

    private static final Zmm LOWER = new Zmm(0);
    private static final Zmm UPPER = new Zmm(1);
    private static final Zmm B0 = new Zmm(2);
    private static final Zmm B1 = new Zmm(3);

    private PanelPairs() {}

    /** A function of: the panel, where its pairs go, how many (at least 1); 128 bytes a pair. */
    public static MachineCode code() {
        Assembler a = new Assembler("panel as pairs of steps");
        Label lower = a.label("lower");
        Label upper = a.label("upper");
        a.vmovups(LOWER, at(lower));
        a.vmovups(UPPER, at(upper));
        Label loop = a.here("loop");
        a.vmovups(B0, at(FROM));
        a.vmovups(B1, B0);
        a.vpermt2w(B0, LOWER, at(FROM, Zmm.BYTES));
        a.vpermt2w(B1, UPPER, at(FROM, Zmm.BYTES));
        a.vmovups(at(TO), B0);
        a.vmovups(at(TO, Zmm.BYTES), B1);
        a.add(FROM, 2 * Zmm.BYTES);
        a.add(TO, 2 * Zmm.BYTES);
        a.sub(PAIRS, 1);
        a.jne(loop);
        a.ret();
        a.constant(lower, Bf16Tile.everySecondWord(0));
        a.constant(upper, Bf16Tile.everySecondWord(1));
        return a.assemble();
    }
}
