package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Brings a panel of codes to what {@link AmxInt8Tile} takes: signed bytes, for every four steps 64 of outputs 0–15 and 64 of the others;
 * and scales, and minima, in F32, for each run as {@link RunNumberLoads} writes them.
 *
 * @param excess what is taken from codes of fewer than 8 bits
 */
public record PanelCodes(Int8Tile.Layout layout, int excess) {
    private static final Gpr UNIT = Gpr.RDI;
    private static final Gpr UNITS = Gpr.RSI;
    private static final Gpr CODE = Gpr.RDX;
    private static final Gpr SCALE = Gpr.RCX;
    private static final Gpr LOW = Gpr.R8;
    private static final Gpr HIGH = Gpr.R9;
    private static final Gpr RUNS = Gpr.RAX;

    private static final Zmm W0 = new Zmm(16);
    private static final Zmm W1 = new Zmm(17);
    private static final Zmm EXCESS = new Zmm(18);

    /** Bytes of a panel's codes, so many steps of k. */
    public static long codeBytes(int steps) {
        return (long) steps * Int8Tile.COLUMNS;
    }

    /** A function of: the panel's first unit, units (at least 1), where codes go, where scales go. */
    public MachineCode code() {
        Assembler a = new Assembler("panel as signed codes, " + layout);
        CodeLoads loads = new CodeLoads(layout, LOW, HIGH, W0, W1);
        boolean subtracts = layout.lowBits() < 8 && excess != 0;
        Label excessAt = a.label("excess");
        loads.begin(a);
        if (subtracts) {
            a.vmovups(EXCESS, at(excessAt));
        }
        Label unit = a.here("unit");
        new RunNumberLoads(layout.numbers(), layout.perUnit(), UNIT, 0, SCALE).write(a);
        a.add(SCALE, layout.roomBytes());
        a.lea(LOW, at(UNIT, layout.low()));
        if (layout.highBits() > 0) {
            a.lea(HIGH, at(UNIT, layout.high()));
        }
        a.mov(RUNS, new Immediate(layout.perUnit()));
        Label run = a.here("run");
        for (int step = 0; step < layout.run(); step += CodeLoads.STEPS) {
            loads.stored(a, step);
            if (subtracts) {
                a.vpsubb(W0, W0, EXCESS);
                a.vpsubb(W1, W1, EXCESS);
            }
            int to = step / CodeLoads.STEPS * 2 * Zmm.BYTES;
            a.vmovups(at(CODE, to), W0);
            a.vmovups(at(CODE, to + Zmm.BYTES), W1);
        }
        a.add(CODE, layout.run() * Int8Tile.COLUMNS);
        a.add(LOW, layout.lowRun());
        if (layout.highBits() > 0) {
            a.add(HIGH, layout.highRun());
        }
        a.sub(RUNS, 1);
        a.jne(run);
        a.add(UNIT, layout.unitBytes());
        a.sub(UNITS, 1);
        a.jne(unit);
        a.ret();
        loads.constants(a);
        if (subtracts) {
            a.constant(excessAt, CodeLoads.repeated(excess));
        }
        return a.assemble();
    }
}
