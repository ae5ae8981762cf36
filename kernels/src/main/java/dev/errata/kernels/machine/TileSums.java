package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.function.IntConsumer;

/** The sums of a tile c [rows][32]: two vectors a row, from zmm0 on, of outputs 0–15 and 16–31; and the loop over k around them. */
final class TileSums {
    private final Assembler a;
    private final int rows;

    TileSums(Assembler a, int rows) {
        this.a = a;
        this.rows = rows;
    }

    Zmm sum(int row, int half) {
        return new Zmm(2 * row + half);
    }

    /**
     * The sums are 0 where {@code adds} is 0, or what C holds.
     *
     * @param adds isn't kept
     * @param c a register, or where C's address is
     */
    void begin(Gpr adds, MachineOperand c, Gpr stride) {
        Label zero = a.label("zero");
        Label begun = a.label("begun");
        a.cmp(adds, 0);
        a.je(zero);
        a.mov(adds, c);
        for (int row = 0; row < rows; row++) {
            a.vmovups(sum(row, 0), at(adds));
            a.vmovups(sum(row, 1), at(adds, Zmm.BYTES));
            a.add(adds, stride);
        }
        a.jmp(begun);
        a.bind(zero);
        for (int row = 0; row < rows; row++) {
            a.vpxord(sum(row, 0), sum(row, 0), sum(row, 0));
            a.vpxord(sum(row, 1), sum(row, 1), sum(row, 1));
        }
        a.bind(begun);
    }

    /**
     * A loop of {@code unrolled} steps a round, and then one step a round.
     *
     * @param count of steps, at least 1; isn't kept
     * @param step writes a step, which is the i-th of a round
     * @param advance writes what follows so many steps
     */
    void loop(Gpr count, int unrolled, IntConsumer step, IntConsumer advance) {
        Label one = a.label("one");
        Label end = a.label("end");
        a.sub(count, unrolled);
        a.jl(one);
        Label loop = a.here("loop");
        for (int i = 0; i < unrolled; i++) {
            step.accept(i);
        }
        advance.accept(unrolled);
        a.sub(count, unrolled);
        Label again = a.label("again");
        a.jl(again);
        a.jmp(loop);
        a.bind(again);
        a.bind(one);
        a.add(count, unrolled);
        a.je(end);
        Label rest = a.here("rest");
        step.accept(0);
        advance.accept(1);
        a.sub(count, 1);
        a.jne(rest);
        a.bind(end);
    }

    /** C becomes the sums. */
    void store(Gpr c, Gpr stride) {
        for (int row = 0; row < rows; row++) {
            a.vmovups(at(c), sum(row, 0));
            a.vmovups(at(c, Zmm.BYTES), sum(row, 1));
            a.add(c, stride);
        }
    }
}
