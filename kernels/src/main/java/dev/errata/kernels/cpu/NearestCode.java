package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.Tensor;
import java.util.Arrays;

/**
 * The search for the nearest of 256 ascending values, exact for any map: by f32 midpoints, ties to the lower code, NaN
 * to the highest. A table by the upper 16 bits of the float gives the code of the lowest value with these bits; from
 * there it is at most a step or two, as the dynamic maps hardly have two midpoints within 1/128 of their size.
 */
final class NearestCode {
    private static final int CELL_BITS = 16;

    private final float[] values = new float[Blockwise8Bit.CODES];
    /** {@code bounds[i]} is the largest float of code i. */
    private final float[] bounds = new float[Blockwise8Bit.CODES];

    private final byte[] cells = new byte[1 << CELL_BITS];
    private boolean made;

    /** Takes over a map F32 [256]; does nothing if it is the one from before. */
    void use(Tensor map) {
        long at = Memory.floats(map, values.length);
        boolean same = made;
        for (int code = 0; code < values.length; code++) {
            float value = Memory.get(at + code * 4L);
            same &= Float.floatToRawIntBits(value) == Float.floatToRawIntBits(values[code]);
            values[code] = value;
        }
        if (!same) {
            make();
        }
    }

    /** Value of a code. */
    float value(int code) {
        return values[code];
    }

    int of(float value) {
        int code = cells[Float.floatToRawIntBits(value) >>> CELL_BITS] & 0xFF;
        while (value > bounds[code]) {
            code++;
        }
        return code;
    }

    private void make() {
        for (int code = 0; code + 1 < values.length; code++) {
            bounds[code] = (values[code] + values[code + 1]) / 2;
        }
        bounds[values.length - 1] = Float.POSITIVE_INFINITY;
        for (int cell = 0; cell < cells.length; cell++) {
            // the bits of a negative float grow as it falls
            int lowest = cell << CELL_BITS | (cell < cells.length / 2 ? 0 : (1 << CELL_BITS) - 1);
            cells[cell] = (byte) search(Float.intBitsToFloat(lowest));
        }
        made = true;
    }

    private int search(float value) {
        if (Float.isNaN(value)) {
            return values.length - 1;
        }
        int place = Arrays.binarySearch(bounds, value);
        if (place < 0) {
            return -place - 1;
        }
        while (place > 0 && bounds[place - 1] == value) {
            place--;
        }
        return place;
    }
}
