package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Routine;

/** exp over rows of floats, by machine code where there is some, or else by {@link VectorExp}, to the same bits but for NaN's. */
final class Exponentials {
    private static final int W = Lanes.COUNT;

    private final Routine machineCode;

    /**
     * @param machineCode {@link dev.errata.kernels.machine.RowExp}, or null
     */
    Exponentials(Routine machineCode) {
        this.machineCode = machineCode;
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
