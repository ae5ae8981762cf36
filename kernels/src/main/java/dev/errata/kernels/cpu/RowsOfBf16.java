package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Rows;
import dev.errata.kernels.machine.Routine;

/** Rows of f32 to bf16 and back, by machine code where there is some, or else by {@link HalfMath}, to the same bits. */
final class RowsOfBf16 {
    private static final int RUN = Bf16Rows.RUN;

    private final Routine narrow;
    private final Routine widen;

    /**
     * @param narrow {@link Bf16Rows#narrow}, or null
     * @param widen {@link Bf16Rows#widen}, or null
     */
    RowsOfBf16(Routine narrow, Routine widen) {
        this.narrow = narrow;
        this.widen = widen;
    }

    /** By the Vector API alone. */
    static RowsOfBf16 ofVectors() {
        return new RowsOfBf16(null, null);
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

    /** How many elements of each row the machine code has converted. */
    private static int done(Routine routine, long from, long stride, long to, long toStride, int rows, int count) {
        int runs = routine == null ? 0 : count / RUN;
        if (runs > 0 && rows > 0) {
            routine.call(from, stride, to, toStride, rows, runs, 0, 0);
        }
        return runs * RUN;
    }
}
