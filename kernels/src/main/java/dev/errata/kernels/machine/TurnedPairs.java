package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Turns panels of bf16 round, for products by W instead of Wᵀ: of 32 inputs of each of some panels of 32 outputs it writes a panel of the
 * 32 inputs, {@link Bf16Tile.Order#STEPS}, whose steps are outputs. A square of 32 by 32 elements is two of 16 by 16 words; two elements
 * that are to stand in one word come together before they are turned.
 *
 * @param from how the panels lie: {@link Bf16Tile.Order#OUTPUTS} or STEPS
 */
public record TurnedPairs(Bf16Tile.Order from) {
    /** Inputs and outputs of a square. */
    public static final int SIZE = 2 * TurnedSquare.SIZE;
    /** What a square takes, turned or not. */
    public static final int SQUARE_BYTES = SIZE * SIZE * 2;

    private static final int PAIR_BYTES = 2 * Zmm.BYTES;

    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr STRIDE = Gpr.RSI;
    private static final Gpr PANELS = Gpr.RDX;
    private static final Gpr TO = Gpr.RCX;

    /** No row is in it while rows are read. */
    private static final Zmm TOGETHER = new Zmm(31);

    public TurnedPairs {
        if (from != Bf16Tile.Order.OUTPUTS && from != Bf16Tile.Order.STEPS) {
            throw new IllegalArgumentException("panels in the order of " + from + " aren't turned");
        }
    }

    /**
     * A function of: the first of the 32 inputs in the first panel, bytes from a panel to the next, panels (at least 1), where
     * {@link #SQUARE_BYTES} of each go.
     */
    public MachineCode code() {
        Assembler a = new Assembler("turned pairs of " + from);
        Label together = a.label("together");
        Label lower = a.label("lower");
        Label upper = a.label("upper");
        Label loop = a.here("loop");
        for (int half = 0; half < 2; half++) {
            a.vmovups(TOGETHER, at(together));
            if (from == Bf16Tile.Order.OUTPUTS) {
                ofOutputs(a, half);
            } else {
                ofSteps(a, half, lower, upper);
            }
        }
        a.add(FROM, STRIDE);
        a.add(TO, SQUARE_BYTES);
        a.sub(PANELS, 1);
        a.jne(loop);
        a.ret();
        if (from == Bf16Tile.Order.OUTPUTS) {
            a.constant(together, outputsTogether());
        } else {
            a.constant(together, stepsApart());
            a.constant(lower, byTurns(0));
            a.constant(upper, byTurns(TurnedSquare.SIZE / 2));
        }
        return a.assemble();
    }

    /** A row is an input; a turned column is a pair of outputs of 16 inputs. */
    private static void ofOutputs(Assembler a, int half) {
        for (int row = 0; row < TurnedSquare.SIZE; row++) {
            int input = half * TurnedSquare.SIZE + row;
            a.vpermw(new Zmm(row), TOGETHER, at(FROM, input * Zmm.BYTES));
        }
        TurnedSquare.turn(a, (turned, pair) -> a.vmovups(at(TO, pair * PAIR_BYTES + half * Zmm.BYTES), turned));
    }

    /** A row is a pair of inputs, of 16 outputs; of a pair of outputs one turned column is the even inputs and the other the odd ones. */
    private static void ofSteps(Assembler a, int half, Label lower, Label upper) {
        for (int row = 0; row < TurnedSquare.SIZE; row++) {
            a.vpermw(new Zmm(row), TOGETHER, at(FROM, row * PAIR_BYTES + half * Zmm.BYTES));
        }
        TurnedSquare.turnByTwo(a, (column, even, odd, free) -> {
            int pair = half * (TurnedSquare.SIZE / 2) + column;
            Zmm first = free[0];
            Zmm indices = free[1];
            a.vmovups(first, even);
            a.vmovups(indices, at(lower));
            a.vpermt2w(first, indices, odd);
            a.vmovups(at(TO, pair * PAIR_BYTES), first);
            a.vmovups(indices, at(upper));
            a.vpermt2w(even, indices, odd);
            a.vmovups(at(TO, pair * PAIR_BYTES + Zmm.BYTES), even);
        });
    }

    /** Of words of outputs o and o + 16, words of outputs 2 p and 2 p + 1. */
    private static byte[] outputsTogether() {
        return indices((word, half) -> {
            int output = 2 * word + half;
            return output % TurnedSquare.SIZE * 2 + output / TurnedSquare.SIZE;
        });
    }

    /** Of words of two steps, each of an output, words of two outputs: eight of the even step, eight of the odd one. */
    private static byte[] stepsApart() {
        return indices((word, half) -> (word % 8 * 2 + half) * 2 + word / 8);
    }

    /** Words from {@code first} on of two registers by turns. */
    private static byte[] byTurns(int first) {
        return indices((word, half) -> (word % 2 * TurnedSquare.SIZE + first + word / 2) * 2 + half);
    }

    @FunctionalInterface
    private interface Index {
        int of(int word, int half);
    }

    private static byte[] indices(Index index) {
        byte[] indices = new byte[Zmm.BYTES];
        for (int word = 0; word < Zmm.BYTES / 4; word++) {
            indices[4 * word] = (byte) index.of(word, 0);
            indices[4 * word + 2] = (byte) index.of(word, 1);
        }
        return indices;
    }
}
