package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Rows;
import dev.errata.kernels.machine.Routine;
import java.util.List;
import java.util.function.Supplier;

/**
 * Rows of f32 to bf16 and back, by machine code where there is some, or else by {@link HalfMath} and {@link RoundMath}, to the same bits.
 * One for each worker.
 */
final class RowsOfBf16 {
    private static final int RUN = Bf16Rows.RUN;

    private final Supplier<List<Routine>> machineCode;
    private boolean asked;
    private Routine narrow;
    private Routine widen;
    private Routine round;

    /**
     * @param machineCode {@link Bf16Rows#narrow}, {@link Bf16Rows#widen} and {@link Bf16Rows#round}, or nothing; asked for when the first row
     *     is converted, as programs in f32 convert none
     */
    RowsOfBf16(Supplier<List<Routine>> machineCode) {
        this.machineCode = machineCode;
    }

    /** By the Vector API alone. */
    static RowsOfBf16 ofVectors() {
        return new RowsOfBf16(List::of);
    }

    /**
     * to = from, rounded to the nearest, of two to the even one; a NaN stays one.
     *
     * @param from F32 [rows][count], {@code stride} bytes apart
     * @param to BF16 [rows][count], {@code toStride} bytes apart
     */
    void narrow(long from, long stride, long to, long toStride, int rows, int count) {
        ask();
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
        ask();
        int done = done(widen, from, stride, to, toStride, rows, count);
        for (int row = 0; row < rows && done < count; row++) {
            HalfMath.widenBf16(from + row * stride + done * 2L, count - done, to + row * toStride + done * 4L);
        }
    }

    /** x [count] of F32 rounded as by {@link #narrow}, but F32 still. */
    void round(long x, int count) {
        ask();
        int done = done(round, x, 0, x, 0, 1, count);
        long rest = x + done * 4L;
        RoundMath.bf16(rest, count - done, rest);
    }

    /** x = factor · x, where x is rounded first and the product again. */
    void scale(long x, float factor, int count) {
        round(x, count);
        RowMath.scale(x, count, factor);
        round(x, count);
    }

    private void ask() {
        if (asked) {
            return;
        }
        List<Routine> functions = machineCode.get();
        asked = true;
        if (!functions.isEmpty()) {
            narrow = functions.get(0);
            widen = functions.get(1);
            round = functions.get(2);
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
