package dev.errata.kernels.machine;

import java.util.function.ObjIntConsumer;

/**
 * Turns 16 rows of 16 words of 32 bits in registers. In three rounds columns of four rows come together, quarter by quarter: pairs of rows
 * by turns, pairs of pairs, and then the quarters of all four. Every register is used.
 */
final class TurnedSquare {
    static final int SIZE = 16;

    private static final int EVEN_QUARTERS = 0b10_00_10_00;
    private static final int ODD_QUARTERS = 0b11_01_11_01;

    private TurnedSquare() {}

    /** What is done with two columns, eight apart. */
    @FunctionalInterface
    interface TwoColumns {
        /**
         * @param column the number of {@code one}; {@code other} is column + 8
         * @param free two registers that may be changed, as {@code one} and {@code other}; no others may
         */
        void write(int column, Zmm one, Zmm other, Zmm... free);
    }

    /**
     * Turns zmm0 to zmm15.
     *
     * @param column writes what is done with a column, whose number it is told; it may not change other registers
     */
    static void turn(Assembler a, ObjIntConsumer<Zmm> column) {
        turnByTwo(a, (number, one, other, free) -> {
            column.accept(one, number);
            column.accept(other, number + 8);
        });
    }

    /** Turns zmm0 to zmm15. */
    static void turnByTwo(Assembler a, TwoColumns columns) {
        for (int row = 0; row < SIZE; row += 2) {
            a.vpunpckldq(upper(row), lower(row), lower(row + 1));
            a.vpunpckhdq(upper(row + 1), lower(row), lower(row + 1));
        }
        // Column 4 L + j of four rows from 4 q on is quarter L of zmm(4 q + j).
        for (int row = 0; row < SIZE; row += 4) {
            a.vpunpcklqdq(lower(row), upper(row), upper(row + 2));
            a.vpunpckhqdq(lower(row + 1), upper(row), upper(row + 2));
            a.vpunpcklqdq(lower(row + 2), upper(row + 1), upper(row + 3));
            a.vpunpckhqdq(lower(row + 3), upper(row + 1), upper(row + 3));
        }
        for (int j = 0; j < 4; j++) {
            for (int odd = 0; odd < 2; odd++) {
                int quarters = odd == 0 ? EVEN_QUARTERS : ODD_QUARTERS;
                Zmm first = upper(8 * (j % 2) + 4 * odd);
                Zmm second = upper(8 * (j % 2) + 4 * odd + 1);
                Zmm turned = upper(8 * (j % 2) + 4 * odd + 2);
                Zmm other = upper(8 * (j % 2) + 4 * odd + 3);
                a.vshufi32x4(first, lower(j), lower(4 + j), quarters);
                a.vshufi32x4(second, lower(8 + j), lower(12 + j), quarters);
                a.vshufi32x4(turned, first, second, EVEN_QUARTERS);
                a.vshufi32x4(other, first, second, ODD_QUARTERS);
                columns.write(4 * odd + j, turned, other, first, second);
            }
        }
    }

    private static Zmm lower(int i) {
        return new Zmm(i);
    }

    private static Zmm upper(int i) {
        return new Zmm(SIZE + i);
    }
}
