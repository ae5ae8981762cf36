package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.function.Consumer;

/** Brings a panel of bf16 to {@link Bf16Tile.Order#STEPS}, where a unit takes no other. */
public final class PanelPairs {
    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr TO = Gpr.RSI;
    private static final Gpr PAIRS = Gpr.RDX;
    private static final Gpr APART = Gpr.RCX;

    private static final Zmm LOWER = new Zmm(0);
    private static final Zmm UPPER = new Zmm(1);
    private static final Zmm B0 = new Zmm(2);
    private static final Zmm B1 = new Zmm(3);

    private PanelPairs() {}

    /** From {@link Bf16Tile.Order#OUTPUTS}, a function of: the panel, where its pairs go, how many (at least 1); 128 bytes a pair. */
    public static MachineCode code() {
        return code("panel as pairs of steps", Bf16Tile.everySecondWord(0), Bf16Tile.everySecondWord(1), a -> {
            a.mov(APART, new Immediate(Zmm.BYTES));
        });
    }

    /** From {@link Bf16Tile.Order#ROWS}: the same, and bytes from one step to the next. */
    public static MachineCode ofRows() {
        return code("rows as pairs of steps", Bf16Tile.wordsInTurn(0), Bf16Tile.wordsInTurn(Zmm.BYTES / 4), a -> {});
    }

    /**
     * @param begin sets {@link #APART}
     */
    private static MachineCode code(String name, byte[] ofLower, byte[] ofUpper, Consumer<Assembler> begin) {
        Assembler a = new Assembler(name);
        Label lower = a.label("lower");
        Label upper = a.label("upper");
        a.vmovups(LOWER, at(lower));
        a.vmovups(UPPER, at(upper));
        begin.accept(a);
        Label loop = a.here("loop");
        a.vmovups(B0, at(FROM));
        a.vmovups(B1, B0);
        a.vpermt2w(B0, LOWER, at(FROM, APART, 1, 0));
        a.vpermt2w(B1, UPPER, at(FROM, APART, 1, 0));
        a.vmovups(at(TO), B0);
        a.vmovups(at(TO, Zmm.BYTES), B1);
        a.lea(FROM, at(FROM, APART, 2, 0));
        a.add(TO, 2 * Zmm.BYTES);
        a.sub(PAIRS, 1);
        a.jne(loop);
        a.ret();
        a.constant(lower, ofLower);
        a.constant(upper, ofUpper);
        return a.assemble();
    }
}
