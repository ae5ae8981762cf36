package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.Arrays;

/**
 * Brings the codes of four steps of a panel's 32 outputs into two vectors of bytes, four steps of an output beside each other: what
 * instructions that multiply four pairs of bytes take. Uses vectors 27 to 30 too.
 *
 * @param low register of where the words of a run's low bits begin
 * @param high the same of its high bits
 * @param w0 gets the codes of outputs 0–15
 * @param w1 gets those of outputs 16–31
 */
record CodeLoads(Int8Tile.Layout layout, Gpr low, Gpr high, Zmm w0, Zmm w1) {
    static final int STEPS = 4;

    private static final Zmm MASK = new Zmm(27);
    private static final Zmm WORDS = new Zmm(28);
    private static final Zmm SHIFTED = new Zmm(29);
    private static final Zmm BITS = new Zmm(30);
    /** The same registers, where codes have 8 bits. */
    private static final Zmm LOWER = MASK;

    private static final Zmm UPPER = WORDS;

    private static final Label LOWER_AT = new Label("lower");
    private static final Label UPPER_AT = new Label("upper");
    private static final Label MASK_AT = new Label("mask");
    private static final Label HIGH_MASK_AT = new Label("highMask");

    /** What stays in registers. */
    void begin(Assembler a) {
        if (layout.lowBits() == 8) {
            a.vmovups(LOWER, at(LOWER_AT));
            a.vmovups(UPPER, at(UPPER_AT));
        } else {
            a.vmovups(MASK, at(MASK_AT));
        }
    }

    /** What is read of memory, after the function's end. */
    void constants(Assembler a) {
        if (layout.lowBits() == 8) {
            a.constant(LOWER_AT, everySecondByte(0));
            a.constant(UPPER_AT, everySecondByte(1));
            a.constant(MASK_AT, repeated(0x80));
            return;
        }
        a.constant(MASK_AT, repeated(0x0F));
        if (layout.highBits() > 0) {
            a.constant(LOWER_AT, bitsToFive(0));
            a.constant(UPPER_AT, bitsToFive(layout.highBits()));
            a.constant(HIGH_MASK_AT, repeated(((1 << layout.highBits()) - 1) << 4));
        }
    }

    /** Codes as they are stored, those of 8 bits from −128…127 to 0…255. */
    void unsigned(Assembler a, int step) {
        stored(a, step);
        if (layout.lowBits() == 8) {
            a.vpxord(w0, w0, at(MASK_AT));
            a.vpxord(w1, w1, at(MASK_AT));
        }
    }

    /** Asks for what comes behind what a step read. */
    void ahead(Assembler a, int step) {
        int bytes = layout.lowBits() == 8 ? 2 * Zmm.BYTES : Zmm.BYTES;
        Ahead.of(a, low, step / STEPS * bytes, bytes);
    }

    /** Codes as they are stored; those of 8 bits are signed. */
    void stored(Assembler a, int step) {
        if (layout.lowBits() == 8) {
            // A word holds two steps of two outputs.
            int words = step / 2 * Zmm.BYTES;
            a.vmovups(w0, at(low, words));
            a.vmovups(w1, at(low, words));
            a.vpermt2b(w0, LOWER, at(low, words + Zmm.BYTES));
            a.vpermt2b(w1, UPPER, at(low, words + Zmm.BYTES));
            return;
        }
        // A word holds four steps, of which a byte holds both outputs.
        a.vmovups(w1, at(low, step / STEPS * Zmm.BYTES));
        a.vpandd(w0, w1, MASK);
        a.vpsrld(w1, w1, 4);
        a.vpandd(w1, w1, MASK);
        if (layout.highBits() > 0) {
            int perWord = 16 / layout.highBits();
            int shift = step % perWord * 2 * layout.highBits();
            if (shift == 0) {
                a.vmovups(WORDS, at(high, step / perWord * Zmm.BYTES));
            } else {
                a.vpsrld(SHIFTED, WORDS, shift);
            }
            Zmm from = shift == 0 ? WORDS : SHIFTED;
            high(a, w0, from, LOWER_AT);
            high(a, w1, from, UPPER_AT);
        }
    }

    private static void high(Assembler a, Zmm codes, Zmm words, Label bits) {
        a.vmovups(BITS, at(bits));
        a.vpmultishiftqb(BITS, BITS, words);
        a.vpandd(BITS, BITS, at(HIGH_MASK_AT));
        a.vpord(codes, codes, BITS);
    }

    static byte[] repeated(int value) {
        byte[] all = new byte[Zmm.BYTES];
        Arrays.fill(all, (byte) value);
        return all;
    }

    /** Indices by which bytes of outputs o and o + 16 at two steps, and those of two more, become four steps of one output. */
    private static byte[] everySecondByte(int first) {
        byte[] indices = new byte[Zmm.BYTES];
        for (int output = 0; output < 16; output++) {
            for (int step = 0; step < STEPS; step++) {
                indices[4 * output + step] = (byte) (step / 2 * Zmm.BYTES + 4 * output + step % 2 * 2 + first);
            }
        }
        return indices;
    }

    /** For each byte, from which bit of its 64 on it is taken, so that the high bits of its step become bits 4 on. */
    private byte[] bitsToFive(int first) {
        byte[] from = new byte[Zmm.BYTES];
        for (int i = 0; i < Zmm.BYTES; i++) {
            int word = i % 8 / 4 * 32;
            from[i] = (byte) (word + i % STEPS * 2 * layout.highBits() + first - 4 & 63);
        }
        return from;
    }
}
