package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Routine;
import dev.errata.kernels.machine.RowExp;

/** exp over rows of floats, by machine code where there is some, or else by {@link VectorExp}, to the same bits but for NaN's. */
final class Exponentials {
    private static final int W = Lanes.COUNT;
    private static final long MINUS_ONE = Float.floatToRawIntBits(-1);

    private final Routine machineCode;
    private final Routine gated;

    /**
     * @param machineCode {@link RowExp#code}, or null
     * @param gated {@link RowExp#gated}, or null
     */
    Exponentials(Routine machineCode, Routine gated) {
        this.machineCode = machineCode;
        this.gated = gated;
    }

    /** By the Vector API alone. */
    static Exponentials ofVectors() {
        return new Exponentials(null, null);
    }

    /**
     * out = gate · σ(gate) · up in one go, as far as machine code does it.
     *
     * @return how many of the numbers are done, from the first on; {@link GatedMath} does the others
     */
    int siluGated(long gate, long up, int count, long out) {
        int whole = gated == null ? 0 : Lanes.floor(count);
        if (whole > 0) {
            gated.call(gate, out, whole / W, up, 0, 0, MINUS_ONE, 0);
        }
        return whole;
    }

    /** to[i] = exp(factor · x[i] + shift); {@code to} may be {@code from} and has room up to the next whole vector. */
    void apply(long from, float factor, float shift, int count, long to) {
        int whole = Lanes.floor(count);
        vectors(from, factor, shift, whole, to);
        if (whole < count) {
            for (int i = whole; i < count; i++) {
                Memory.set(to + i * 4L, Memory.get(from + i * 4L));
            }
            for (int i = count; i < whole + W; i++) {
                Memory.set(to + i * 4L, 0);
            }
            vectors(to + whole * 4L, factor, shift, W, to + whole * 4L);
        }
    }

    private void vectors(long from, float factor, float shift, int count, long to) {
        if (machineCode == null) {
            VectorExp.vectors(from, factor, shift, count, to);
        } else if (count > 0) {
            long factorBits = Float.floatToRawIntBits(factor);
            long shiftBits = Float.floatToRawIntBits(shift);
            machineCode.call(from, to, count / W, 0, 0, 0, factorBits, shiftBits);
        }
    }
}
