package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Rows of which bits say what is kept: out = (or +=) x · factor where an element's bit is set, else 0, a vector of 16 at a time.
 *
 * @param from what x is; out is F32
 */
public record MaskedRows(From from, boolean adds) {
    /** Elements of a vector. */
    public static final int RUN = 16;

    /** How x is stored. */
    public enum From {
        F32,
        BF16
    }

    private static final Gpr X = Gpr.RDI;
    private static final Gpr X_STRIDE = Gpr.RSI;
    private static final Gpr BITS = Gpr.RDX;
    private static final Gpr BITS_STRIDE = Gpr.RCX;
    private static final Gpr OUT = Gpr.R8;
    private static final Gpr OUT_STRIDE = Gpr.R9;
    private static final Gpr READ = Gpr.RAX;
    private static final Gpr WRITTEN = Gpr.R10;
    private static final Gpr PLACE = Gpr.R11;
    private static final Gpr ROWS = Gpr.RBX;
    private static final Gpr LEFT = Gpr.R12;

    private static final Opmask KEPT = new Opmask(1);
    private static final Zmm NUMBERS = new Zmm(0);
    private static final Zmm FACTOR = new Zmm(1);

    /** What RBX and R12 took of the stack, and the return address. */
    private static final int PUSHED = 24;

    /**
     * A function of: x, bytes from row to row; bits, lowest first, bytes from row to row; out, bytes from row to row; and beyond the six
     * rows, vectors of a row (each at least 1), the factor's bits.
     */
    public MachineCode code() {
        Assembler a = new Assembler("masked rows of " + from + (adds ? ", added" : ""));
        a.push(ROWS);
        a.push(LEFT);
        a.mov(ROWS, at(Gpr.RSP, PUSHED));
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, PUSHED + 16));
        Label row = a.here("row");
        a.mov(READ, X);
        a.mov(WRITTEN, OUT);
        a.mov(PLACE, BITS);
        a.mov(LEFT, at(Gpr.RSP, PUSHED + 8));
        Label loop = a.here("loop");
        a.kmovw(KEPT, at(PLACE));
        if (from == From.BF16) {
            a.vpmovzxwd(NUMBERS, at(READ));
            a.vpslld(NUMBERS, NUMBERS, 16);
            a.vmulps(NUMBERS.orZeroWhere(KEPT), FACTOR, NUMBERS);
        } else {
            a.vmulps(NUMBERS.orZeroWhere(KEPT), FACTOR, at(READ));
        }
        if (adds) {
            a.vaddps(NUMBERS, NUMBERS, at(WRITTEN));
        }
        a.vmovups(at(WRITTEN), NUMBERS);
        a.add(READ, from == From.BF16 ? Zmm.BYTES / 2 : Zmm.BYTES);
        a.add(WRITTEN, Zmm.BYTES);
        a.add(PLACE, RUN / 8);
        a.sub(LEFT, 1);
        a.jne(loop);
        a.add(X, X_STRIDE);
        a.add(OUT, OUT_STRIDE);
        a.add(BITS, BITS_STRIDE);
        a.sub(ROWS, 1);
        a.jne(row);
        a.pop(LEFT);
        a.pop(ROWS);
        a.ret();
        return a.assemble();
    }
}
