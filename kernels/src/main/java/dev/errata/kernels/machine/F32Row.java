package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/**
 * One row times some panels side by side, c [panels · 32] = start + a · B, in {@link F32Tile}'s chains. A chain takes one step each four cycles
 * or so; a panel has two chains, so one panel alone waits for its sums, and for memory.
 *
 * @param panels 1 to {@link #MOST_PANELS}
 * @param right of panels: {@link F32Tile.Right#FLOATS} or {@link F32Tile.Right#HALVES}
 */
public record F32Row(int panels, F32Tile.Right right) {
    public static final int MOST_PANELS = 4;

    private static final int UNROLLED = 2;

    private static final Gpr A = Gpr.RDI;
    private static final Gpr B = Gpr.RSI;
    private static final Gpr APART = Gpr.RDX;
    private static final Gpr STEPS = Gpr.RCX;
    private static final Gpr C = Gpr.R8;
    private static final Gpr ADDS = Gpr.R9;
    private static final Gpr STRIDE = Gpr.RAX;
    /** Of the panels. */
    private static final List<Gpr> PANELS = List.of(B, Gpr.R9, Gpr.R10, Gpr.R11);

    private static final Zmm B0 = new Zmm(24);
    private static final Zmm B1 = new Zmm(25);
    private static final Zmm ELEMENT = new Zmm(26);
    private static final Zmm UPPER = new Zmm(27);

    public F32Row {
        if (right == F32Tile.Right.MATRIX) {
            throw new IllegalArgumentException("a matrix has no panels");
        }
    }

    /** A function of: a, the first panel, bytes from each to the next, steps (at least 1), c, 0 to begin with 0 or 1 with what is in c. */
    public MachineCode code() {
        Assembler a = new Assembler("f32 row by " + panels + " panels of " + right);
        Label upper = a.label("upper");
        TileSums sums = new TileSums(a, panels);
        a.mov(STRIDE, new Immediate(F32Tile.COLUMNS * 4));
        sums.begin(ADDS, C, STRIDE);
        for (int panel = 1; panel < panels; panel++) {
            a.lea(PANELS.get(panel), at(PANELS.get(panel - 1), APART, 1, 0));
        }
        if (right == F32Tile.Right.HALVES) {
            a.vmovups(UPPER, at(upper));
        }
        sums.loop(STEPS, UNROLLED, i -> step(a, sums, i), count -> {
            a.add(A, count * 4);
            PANELS.subList(0, panels).forEach(panel -> a.add(panel, count * stepBytes()));
        });
        sums.store(C, STRIDE);
        a.ret();
        if (right == F32Tile.Right.HALVES) {
            a.constant(upper, F32Tile.upperHalves());
        }
        return a.assemble();
    }

    private int stepBytes() {
        return right == F32Tile.Right.HALVES ? Zmm.BYTES : 2 * Zmm.BYTES;
    }

    private void step(Assembler a, TileSums sums, int i) {
        a.vpbroadcastd(ELEMENT, at(A, i * 4));
        for (int panel = 0; panel < panels; panel++) {
            Gpr b = PANELS.get(panel);
            if (right == F32Tile.Right.HALVES) {
                a.vmovups(B1, at(b, i * Zmm.BYTES));
                a.vpslld(B0, B1, 16);
                a.vpandd(B1, B1, UPPER);
            } else {
                a.vmovups(B0, at(b, i * 2 * Zmm.BYTES));
                a.vmovups(B1, at(b, (i * 2 + 1) * Zmm.BYTES));
            }
            Ahead.of(a, b, i * stepBytes(), stepBytes());
            a.vfmadd231ps(sums.sum(panel, 0), B0, ELEMENT);
            a.vfmadd231ps(sums.sum(panel, 1), B1, ELEMENT);
        }
    }
}
