package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Norm;
import dev.errata.kernels.machine.Bf16Rotation;
import dev.errata.kernels.machine.Bf16Rows;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.Routine;
import dev.errata.kernels.machine.RowExp;
import java.util.List;
import java.util.function.Supplier;

/**
 * Rows of f32 to bf16 and back, by machine code where there is some, or else by {@link HalfMath} and {@link RoundMath}, to the same bits;
 * and what machine code does to rows of bf16 as they lie, with the bits of what is done to widened ones. One for each worker.
 */
final class RowsOfBf16 {
    private static final int RUN = Bf16Rows.RUN;
    private static final long MINUS_ONE = Float.floatToRawIntBits(-1);

    private static final int W = Lanes.COUNT;

    private final Supplier<Functions> machineCode;
    /** Where machine code leaves sums of lanes. */
    private final Room sums;

    private final float[] lanes = new float[W];
    private boolean asked;
    private Functions functions;

    /** Conversions by {@link Bf16Rows}, norms by {@link Bf16Norm}, positions by {@link Bf16Rotation}, gates by {@link RowExp}. */
    record Functions(
            Routine narrow,
            Routine widen,
            Routine round,
            Routine squares,
            Routine scale,
            Routine roundedScale,
            Routine rotate,
            Routine gated,
            Routine gatedGradient) {
        static List<MachineCode> codes() {
            return List.of(
                    Bf16Rows.narrow(),
                    Bf16Rows.widen(),
                    Bf16Rows.round(),
                    Bf16Norm.sumOfSquares(),
                    Bf16Norm.scale(false),
                    Bf16Norm.scale(true),
                    Bf16Rotation.code(),
                    RowExp.gatedBf16(VectorExp.constants()),
                    RowExp.gatedGradientBf16(VectorExp.constants()));
        }

        /**
         * @param all of {@link #codes}
         */
        static Functions of(List<Routine> all) {
            return new Functions(
                    all.get(0),
                    all.get(1),
                    all.get(2),
                    all.get(3),
                    all.get(4),
                    all.get(5),
                    all.get(6),
                    all.get(7),
                    all.get(8));
        }
    }

    /**
     * @param machineCode gives null where the Vector API does it all; asked for when the first row is converted, as programs in f32 convert none
     */
    RowsOfBf16(Supplier<Functions> machineCode, Room sums) {
        this.machineCode = machineCode;
        this.sums = sums;
    }

    /** By the Vector API alone. */
    static RowsOfBf16 ofVectors() {
        return new RowsOfBf16(() -> null, null);
    }

    /**
     * to = from, rounded to the nearest, of two to the even one; a NaN stays one.
     *
     * @param from F32 [rows][count], {@code stride} bytes apart
     * @param to BF16 [rows][count], {@code toStride} bytes apart
     */
    void narrow(long from, long stride, long to, long toStride, int rows, int count) {
        int done = done(asked() ? functions.narrow : null, from, stride, to, toStride, rows, count);
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
        int done = done(asked() ? functions.widen : null, from, stride, to, toStride, rows, count);
        for (int row = 0; row < rows && done < count; row++) {
            HalfMath.widenBf16(from + row * stride + done * 2L, count - done, to + row * toStride + done * 4L);
        }
    }

    /** x [count] of F32 rounded as by {@link #narrow}, but F32 still. */
    void round(long x, int count) {
        int done = done(asked() ? functions.round : null, x, 0, x, 0, 1, count);
        long rest = x + done * 4L;
        RoundMath.bf16(rest, count - done, rest);
    }

    /** x = factor · x, where x is rounded first and the product again. */
    void scale(long x, float factor, int count) {
        round(x, count);
        RowMath.scale(x, count, factor);
        round(x, count);
    }

    /** Whether rows of so many elements are normalized, turned or gated as they lie, without being widened. */
    boolean takes(int count) {
        return count > 0 && count % W == 0 && asked();
    }

    /** Σ x², lanes in f32, their sum in f64, where {@link #takes} says so. */
    double sumOfSquares(long x, int count) {
        long to = sums.floats(W);
        functions.squares.call(x, to, count / W, 0, 0, 0, 0, 0);
        Memory.getFloats(to, lanes, 0, W);
        return RowMath.dotOfLanes(lanes, x, x, count, count);
    }

    /**
     * out = x · factor · w, where {@link #takes} says so.
     *
     * @param x BF16
     * @param w F32
     * @param rounds whether x · factor is rounded before
     * @param out BF16; may be x
     */
    void scaleByWeight(long x, float factor, long w, int count, boolean rounds, long out) {
        Routine routine = rounds ? functions.roundedScale : functions.scale;
        routine.call(x, w, out, count / W, 0, 0, Float.floatToRawIntBits(factor), 0);
    }

    /**
     * As {@link RowsOfF32#rotate} with products and sums rounded, where {@link #takes} says so of a half.
     *
     * @param row BF16
     */
    void rotate(long row, int heads, int headDim, long cosines, long sines, float sign, int half) {
        long bits = Float.floatToRawIntBits(sign);
        functions.rotate.call(row, row + half * 2L, headDim * 2L, heads, cosines, sines, bits, half / W);
    }

    /** out = gate · σ(gate), rounded, · up, where {@link #takes} says so; all BF16. */
    void siluGated(long gate, long up, int count, long out) {
        functions.gated.call(gate, out, count / W, up, 0, 0, MINUS_ONE, 0);
    }

    /** {@link GatedMath#siluBackward} of BF16, where {@link #takes} says so. */
    void siluGatedBackward(long gate, long up, long dOut, int count, long dGate, long dUp) {
        functions.gatedGradient.call(gate, dGate, count / W, up, dOut, dUp, MINUS_ONE, 0);
    }

    private boolean asked() {
        if (!asked) {
            functions = machineCode.get();
            asked = true;
        }
        return functions != null;
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
