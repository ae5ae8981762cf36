package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * The loop over a panel of blockwise 4-bit codes, whose elements it makes bf16, a pair of steps of 32 outputs at a time: table[code] · the
 * run's scale, in f32, rounded as VCVTNE2PS2BF16 does: to the nearest, ties to even, what is too small to be a normal f32 to 0.
 * Uses vectors 16 to 31.
 *
 * @param unit register of the panel's first unit
 * @param units register of how many there are, at least 1
 * @param table register of where the table lies, F32 [16]
 * @param code and three more: registers that the loop may change
 */
record FourBitSteps(FourBitLayout layout, Gpr unit, Gpr units, Gpr table, Gpr code, Gpr scale, Gpr runs, Gpr words) {
    static final int STEPS = 4;

    private static final int BYTE = 8;
    private static final int NIBBLE = 4;

    private static final Zmm TABLE = new Zmm(16);
    private static final Zmm BESIDE = new Zmm(17);
    private static final Zmm WORD = new Zmm(18);
    private static final Zmm[] SCALES = {new Zmm(19), new Zmm(20)};
    private static final Zmm[] ONE = {new Zmm(24), new Zmm(25), new Zmm(26), new Zmm(27)};
    private static final Zmm[] NEXT = {new Zmm(28), new Zmm(29), new Zmm(30), new Zmm(31)};
    private static final Label BESIDE_AT = new Label("beside");

    /** What is done with a pair of steps. */
    interface Use {
        /**
         * @param pair 0, or 1 for the next
         * @param lower outputs 0–15, steps k and k + 1 of each beside each other
         * @param upper outputs 16–31
         */
        void write(int pair, Zmm lower, Zmm upper);
    }

    /** The loop; {@code after} is written after every four steps. */
    void write(Assembler a, Use use, Runnable after) {
        a.vmovups(TABLE, at(table));
        a.vmovups(BESIDE, at(BESIDE_AT));
        Label nextUnit = a.here("unit");
        a.lea(code, at(unit, layout.codes()));
        a.lea(scale, at(unit, layout.scales()));
        a.mov(runs, new Immediate(layout.perUnit()));
        Label nextRun = a.here("run");
        a.vmovups(SCALES[0], at(scale));
        a.vmovups(SCALES[1], at(scale, Zmm.BYTES));
        a.mov(words, new Immediate(layout.run() / STEPS));
        Label nextWord = a.here("word");
        a.vmovups(WORD, at(code));
        Ahead.of(a, code, 0, Zmm.BYTES);
        for (int pair = 0; pair < STEPS / 2; pair++) {
            for (int half = 0; half < 2; half++) {
                pair(a, pair, half);
            }
            use.write(pair, ONE[2 * pair], ONE[2 * pair + 1]);
        }
        after.run();
        a.add(code, Zmm.BYTES);
        a.sub(words, 1);
        a.jne(nextWord);
        a.add(scale, 2 * Zmm.BYTES);
        a.sub(runs, 1);
        a.jne(nextRun);
        a.add(unit, layout.unitBytes());
        a.sub(units, 1);
        a.jne(nextUnit);
    }

    /** What is read of memory, after the function's end. */
    void constants(Assembler a) {
        a.constant(BESIDE_AT, besideEachOther());
    }

    /** Two steps of 16 outputs. */
    private static void pair(Assembler a, int pair, int half) {
        Zmm one = ONE[2 * pair + half];
        Zmm next = NEXT[2 * pair + half];
        int shift = pair * 2 * BYTE + half * NIBBLE;
        scaled(a, one, shift, SCALES[half]);
        scaled(a, next, shift + BYTE, SCALES[half]);
        a.vcvtne2ps2bf16(one, next, one);
        a.vpermw(one, BESIDE, one);
    }

    /** An index is the lowest four bits of a word; those above don't count. */
    private static void scaled(Assembler a, Zmm to, int shift, Zmm scale) {
        if (shift == 0) {
            a.vpermps(to, WORD, TABLE);
        } else {
            a.vpsrld(to, WORD, shift);
            a.vpermps(to, to, TABLE);
        }
        a.vmulps(to, to, scale);
    }

    /** Words of 16 outputs at one step and at the next, put beside each other. */
    private static byte[] besideEachOther() {
        byte[] indices = new byte[Zmm.BYTES];
        for (int output = 0; output < 16; output++) {
            indices[4 * output] = (byte) output;
            indices[4 * output + 2] = (byte) (16 + output);
        }
        return indices;
    }
}
