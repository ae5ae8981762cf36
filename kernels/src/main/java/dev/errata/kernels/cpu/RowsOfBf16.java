package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Rows;
import dev.errata.kernels.machine.Routine;

/** Rows of f32 to bf16 and back, by machine code where there is some, or else by {@link HalfMath} and {@link RoundMath}, to the same bits. */
final class RowsOfBf16 {
    private static final int RUN = Bf16Rows.RUN;

    private final Routine narrow;
    private final Routine widen;
    private final Routine round;

    /**
     * @param narrow {@link Bf16Rows#narrow}, or null
     * @param widen {@link Bf16Rows#widen}, or null
     * @param round {@link Bf16Rows#round}, or null
     */
    RowsOfBf16(Routine narrow, Routine widen, Routine round) {
        this.narrow = narrow;
        this.widen = widen;
        this.round = round;
    }

    /** By the Vector API alone. */
    static RowsOfBf16 ofVectors() {
        return new RowsOfBf16(null, null, null);
    }

    /**
     * to = from, rounded to the nearest, of two to the even one; a NaN stays one.
     *
     * @param from F32 [rows][count], {@code stride} bytes apart
     * @param to BF16 [rows][count], {@code toStride} bytes apart
     */
    void narrow(long from, long stride, long to, long toStride, int rows, int count) {
        int done = done(narrow, from, stride, to, toStride, rows, count);
        for (int row = 0; row < rows && done < count; row++) {
            RoundMath.narrowBf16(from + row * stride + done * 4L, count - done, to + row * toStride + done * 2L);
        }
    }

    /**
     * to = from.
     *
     * @param from BF16 [rows][count], {@code stride} bytes apart
     * @param to F32 [rows][count], {@code toStride} bytes apart
     */
    void widen(long from, long stride, long to, long toStride, int rows, int count) {
        int done = done(widen, from, stride, to, toStride, rows, count);
        for (int row = 0; row < rows && done < count; row++) {
            HalfMath.widenBf16(from + row * stride + done * 2L, count - done, to + row * toStride + done * 4L);
        }
    }

    /** x [count] of F32 rounded as by {@link #narrow}, but F32 still. */
    void round(long x, int count) {
        int runs = round == null ? 0 : count / RUN;
        if (runs > 0) {
            round.call(x, 0, x, 0, 1, runs, 0, 0);
        }
        long done = (long) runs * RUN * 4;
        RoundMath.bf16(x + done, count - runs * RUN, x + done);
    }

    /** x = factor · x, where x is rounded first and the product again. */
    void scale(long x, float factor, int count) {
        round(x, count);
        RowMath.scale(x, count, factor);
        round(x, count);
    }

    /** How many elements of each row the machine code has converted. */
    private static int done(Routine routine, long from, long stride, long to, long toStride, int rows, int count) {
        int runs = routine == null ? 0 : count / RUN;
        if (runs > 0 && rows > 0) {
            routine.call(from, stride, to, toStride, rows, runs, 0, 0);
        }
        return runs * RUN;
    }
}
