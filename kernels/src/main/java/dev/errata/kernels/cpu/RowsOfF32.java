package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Rows;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.Routine;
import java.util.List;

/**
 * Rows of f32 by machine code where there is some, or else by {@link RowMath}, to the same bits but for NaN's: what the first step of a
 * program would wait for the compiler for. One for each worker.
 */
final class RowsOfF32 {
    private static final int W = Lanes.COUNT;

    private final Functions machineCode;
    /** Where machine code leaves sums of lanes. */
    private final Room sums;

    private final float[] lanes = new float[W];

    /** The functions of {@link F32Rows}. */
    record Functions(Routine add, Routine scale, Routine scaleByWeight, Routine max, Routine dot, Routine rotate) {
        static List<MachineCode> codes() {
            return List.of(
                    F32Rows.add(),
                    F32Rows.scale(),
                    F32Rows.scaleByWeight(),
                    F32Rows.max(),
                    F32Rows.dot(),
                    F32Rows.rotate());
        }

        /**
         * @param routines of {@link #codes}
         */
        static Functions of(List<Routine> routines) {
            return new Functions(
                    routines.get(0),
                    routines.get(1),
                    routines.get(2),
                    routines.get(3),
                    routines.get(4),
                    routines.get(5));
        }
    }

    /**
     * @param machineCode null where the Vector API does it all
     */
    RowsOfF32(Functions machineCode, Room sums) {
        this.machineCode = machineCode;
        this.sums = sums;
    }

    /** out = a + b; out may be a or b. */
    void add(long a, long b, int count, long out) {
        int whole = whole(count);
        if (whole > 0) {
            machineCode.add.call(a, b, out, whole / W, 0, 0, 0, 0);
        }
        RowMath.add(a + whole * 4L, b + whole * 4L, count - whole, out + whole * 4L);
    }

    /** out = factor · x; out may be x. */
    void scaled(long x, float factor, int count, long out) {
        int whole = whole(count);
        if (whole > 0) {
            machineCode.scale.call(x, out, whole / W, 0, 0, 0, Float.floatToRawIntBits(factor), 0);
        }
        RowMath.scaled(x + whole * 4L, factor, count - whole, out + whole * 4L);
    }

    /** out = x · factor · w, in this order; out may be x or w. */
    void scaleByWeight(long x, float factor, long w, int count, long out) {
        int whole = whole(count);
        if (whole > 0) {
            long bits = Float.floatToRawIntBits(factor);
            machineCode.scaleByWeight.call(x, w, out, whole / W, 0, 0, bits, 0);
        }
        long rest = whole * 4L;
        RowMath.scaleByWeight(x + rest, factor, w + rest, count - whole, out + rest);
    }

    /** The largest element; −∞ if there is none. NaN are passed over. */
    float max(long x, int count) {
        int whole = whole(count);
        if (whole == 0) {
            return RowMath.max(x, count, lanes);
        }
        long to = sums.floats(W);
        machineCode.max.call(x, to, whole / W, 0, 0, 0, 0, 0);
        Memory.getFloats(to, lanes, 0, W);
        return RowMath.maxOfLanes(lanes, x, whole, count);
    }

    /** Σ a·b, lanes in f32, their sum in f64. */
    double dot(long a, long b, int count) {
        int whole = whole(count);
        if (whole == 0) {
            return RowMath.dot(a, b, count, lanes);
        }
        long to = sums.floats(W);
        machineCode.dot.call(a, b, to, whole / W, 0, 0, 0, 0);
        Memory.getFloats(to, lanes, 0, W);
        return RowMath.dotOfLanes(lanes, a, b, whole, count);
    }

    /**
     * (x1, x2) = (x1·cos − x2·sin, x2·cos + x1·sin) for the two halves of what is turned of each head, the sines times a sign.
     *
     * @param half elements of a half
     * @param headDim elements from head to head
     */
    void rotate(long row, int heads, int headDim, long cosines, long sines, float sign, int half) {
        if (machineCode == null || half % W != 0 || half == 0 || heads == 0) {
            for (int head = 0; head < heads; head++) {
                Rotary.rotate(row + (long) head * headDim * 4, cosines, sines, sign, half);
            }
            return;
        }
        long upper = row + half * 4L;
        long bits = Float.floatToRawIntBits(sign);
        machineCode.rotate.call(row, upper, headDim * 4L, heads, cosines, sines, bits, half / W);
    }

    private int whole(int count) {
        return machineCode == null ? 0 : Lanes.floor(count);
    }
}
