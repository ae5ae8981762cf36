package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Widens a panel of blockwise 4-bit codes to bf16 in {@link Bf16Tile.Order#STEPS}, for products of many rows ({@link FourBitSteps}). */
public record FourBitPairs(FourBitLayout layout) {
    private static final Gpr UNIT = Gpr.RDI;
    private static final Gpr UNITS = Gpr.RSI;
    private static final Gpr TABLE = Gpr.RDX;
    private static final Gpr TO = Gpr.RCX;
    private static final int PAIR_BYTES = 2 * Zmm.BYTES;

    /** A function of: the panel's first unit, units (at least 1), the table F32 [16], where pairs go: 128 bytes each. */
    public MachineCode code() {
        Assembler a = new Assembler("four bits as pairs of steps, " + layout);
        FourBitSteps steps = new FourBitSteps(layout, UNIT, UNITS, TABLE, Gpr.R8, Gpr.R9, Gpr.RAX, Gpr.R10);
        steps.write(
                a,
                (pair, lower, upper) -> {
                    a.vmovups(at(TO, pair * PAIR_BYTES), lower);
                    a.vmovups(at(TO, pair * PAIR_BYTES + Zmm.BYTES), upper);
                },
                () -> a.add(TO, FourBitSteps.STEPS / 2 * PAIR_BYTES));
        a.ret();
        steps.constants(a);
        return a.assemble();
    }
}
