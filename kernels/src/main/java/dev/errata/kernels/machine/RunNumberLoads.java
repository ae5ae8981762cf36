package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Brings the scales of a unit's runs, and its minima, into f32: for each run two vectors, of outputs 0–15 and 16–31, and two of minima
 * behind them. Uses vectors 24 to 26 and 29 to 31.
 *
 * @param unit register from which the unit is {@code displacement} away
 * @param to register of where they are stored
 */
record RunNumberLoads(Int8Tile.RunNumbers numbers, int runs, Gpr unit, int displacement, Gpr to) {
    private static final Zmm LOWER = new Zmm(24);
    private static final Zmm UPPER = new Zmm(25);
    private static final Zmm WORDS = new Zmm(26);
    private static final Zmm FACTOR_LOWER = new Zmm(29);
    private static final Zmm FACTOR_UPPER = new Zmm(30);
    private static final Zmm SIGN = new Zmm(31);
    private static final int INTEGER_BITS = 8;

    void write(Assembler a) {
        if (numbers.integers() < 0) {
            for (int run = 0; run < runs; run++) {
                halves(a, numbers.halves() + run * Zmm.BYTES, LOWER, UPPER);
                store(a, run, 0);
                if (numbers.hasMinima()) {
                    halves(a, numbers.halfMinima() + run * Zmm.BYTES, LOWER, UPPER);
                    store(a, run, 2);
                }
            }
            return;
        }
        halves(a, numbers.halves(), FACTOR_LOWER, FACTOR_UPPER);
        products(a, numbers.integers(), 0);
        if (numbers.hasMinima()) {
            halves(a, numbers.halfMinima(), FACTOR_LOWER, FACTOR_UPPER);
            // What is added is minus the product: a sign is all bits, shifted to be the uppermost alone.
            a.vpxord(FACTOR_LOWER, FACTOR_LOWER, sign(a));
            a.vpxord(FACTOR_UPPER, FACTOR_UPPER, SIGN);
            products(a, numbers.integerMinima(), 2);
        }
    }

    private static Zmm sign(Assembler a) {
        a.vpternlogd(SIGN, SIGN, SIGN, 0xFF);
        a.vpslld(SIGN, SIGN, 31);
        return SIGN;
    }

    /** The F16 numbers of a vector of words, lower halves and upper halves. */
    private void halves(Assembler a, int offset, Zmm lower, Zmm upper) {
        a.vmovups(WORDS, at(unit, displacement + offset));
        a.vpmovdw(lower.lower(), WORDS);
        a.vcvtph2ps(lower, lower.lower());
        a.vpsrld(WORDS, WORDS, 16);
        a.vpmovdw(upper.lower(), WORDS);
        a.vcvtph2ps(upper, upper.lower());
    }

    private void products(Assembler a, int offset, int vector) {
        for (int run = 0; run < runs; run++) {
            if (run % 2 == 0) {
                a.vmovups(WORDS, at(unit, displacement + offset + run / 2 * Zmm.BYTES));
            }
            integers(a, LOWER, run % 2 * 2);
            integers(a, UPPER, run % 2 * 2 + 1);
            a.vmulps(LOWER, LOWER, FACTOR_LOWER);
            a.vmulps(UPPER, UPPER, FACTOR_UPPER);
            store(a, run, vector);
        }
    }

    /** The i-th byte of each word as a float. */
    private void integers(Assembler a, Zmm into, int i) {
        a.vpslld(into, WORDS, 32 - (i + 1) * INTEGER_BITS);
        if (numbers.signed()) {
            a.vpsrad(into, into, 32 - INTEGER_BITS);
        } else {
            a.vpsrld(into, into, 32 - INTEGER_BITS);
        }
        a.vcvtdq2ps(into, into);
    }

    private void store(Assembler a, int run, int vector) {
        int at = (run * numbers.vectors() + vector) * Zmm.BYTES;
        a.vmovups(at(to, at), LOWER);
        a.vmovups(at(to, at + Zmm.BYTES), UPPER);
    }
}
