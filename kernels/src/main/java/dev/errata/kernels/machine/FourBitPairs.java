package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Widens a panel of blockwise 4-bit codes to bf16 in {@link Bf16Tile.Order#STEPS}: table[code] · the run's scale, in f32, rounded to
 * bf16 as VCVTNE2PS2BF16 does: to the nearest, ties to even, what is too small to be a normal f32 to 0.
 */
public record FourBitPairs(Layout layout) {
    /**
     * How a panel lies: units of some runs, words of four steps of outputs o and o + 16, and scales, each in F32.
     *
     * @param run elements under one scale, a multiple of 16
     * @param perUnit runs of a unit
     * @param codes where a unit's codes begin
     * @param scales where its scales begin: of each run those of outputs 0–15, then 16–31
     * @param unitBytes from a unit to the next
     */
    public record Layout(int run, int perUnit, int codes, int scales, int unitBytes) {}

    private static final int STEPS = 4;
    private static final int BYTE = 8;
    private static final int NIBBLE = 4;
    private static final int PAIR_BYTES = 2 * Zmm.BYTES;

    private static final Gpr UNIT = Gpr.RDI;
    private static final Gpr UNITS = Gpr.RSI;
    private static final Gpr TABLE_AT = Gpr.RDX;
    private static final Gpr TO = Gpr.RCX;
    private static final Gpr CODE = Gpr.R8;
    private static final Gpr SCALE = Gpr.R9;
    private static final Gpr RUNS = Gpr.RAX;
    private static final Gpr WORDS = Gpr.R10;

    private static final Zmm TABLE = new Zmm(0);
    private static final Zmm BESIDE = new Zmm(1);
    private static final Zmm WORD = new Zmm(2);
    private static final Zmm[] SCALES = {new Zmm(3), new Zmm(4)};
    private static final Zmm[] ONE = {new Zmm(16), new Zmm(17), new Zmm(18), new Zmm(19)};
    private static final Zmm[] NEXT = {new Zmm(20), new Zmm(21), new Zmm(22), new Zmm(23)};

    /** A function of: the panel's first unit, units (at least 1), the table F32 [16], where pairs go: 128 bytes each. */
    public MachineCode code() {
        Assembler a = new Assembler("four bits as pairs of steps, " + layout);
        Label beside = a.label("beside");
        a.vmovups(TABLE, at(TABLE_AT));
        a.vmovups(BESIDE, at(beside));
        Label unit = a.here("unit");
        a.lea(CODE, at(UNIT, layout.codes));
        a.lea(SCALE, at(UNIT, layout.scales));
        a.mov(RUNS, new Immediate(layout.perUnit));
        Label run = a.here("run");
        a.vmovups(SCALES[0], at(SCALE));
        a.vmovups(SCALES[1], at(SCALE, Zmm.BYTES));
        a.mov(WORDS, new Immediate(layout.run / STEPS));
        Label word = a.here("word");
        a.vmovups(WORD, at(CODE));
        for (int i = 0; i < STEPS; i++) {
            pair(a, i / 2, i % 2, ONE[i], NEXT[i]);
        }
        a.add(CODE, Zmm.BYTES);
        a.add(TO, STEPS / 2 * PAIR_BYTES);
        a.sub(WORDS, 1);
        a.jne(word);
        a.add(SCALE, 2 * Zmm.BYTES);
        a.sub(RUNS, 1);
        a.jne(run);
        a.add(UNIT, layout.unitBytes);
        a.sub(UNITS, 1);
        a.jne(unit);
        a.ret();
        a.constant(beside, besideEachOther());
        return a.assemble();
    }

    /** Two steps of 16 outputs. */
    private static void pair(Assembler a, int pair, int half, Zmm one, Zmm next) {
        int shift = pair * 2 * BYTE + half * NIBBLE;
        scaled(a, one, shift, SCALES[half]);
        scaled(a, next, shift + BYTE, SCALES[half]);
        a.vcvtne2ps2bf16(one, next, one);
        a.vpermw(one, BESIDE, one);
        a.vmovups(at(TO, pair * PAIR_BYTES + half * Zmm.BYTES), one);
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
