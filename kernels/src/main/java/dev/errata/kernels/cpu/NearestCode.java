package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.Tensor;
import java.util.Arrays;

/**
 * From codes to values and back for any 256 ascending values, exactly: the nearest code by f32 midpoints, ties to the
 * lower one, NaN to the highest. A table by the upper 16 bits of the float gives the code of the lowest value with these
 * bits; from there it is one step with the dynamic maps, which have no two midpoints within 1/128 of their size.
 */
final class NearestCode {
    private static final int CELL_BITS = 16;
    /** The bits of cells that hold NaN or an infinity. */
    private static final int NOT_FINITE = 0x7F80;

    private final float[] values = new float[Blockwise8Bit.CODES];
    /** {@code bounds[i]} is the largest float of code i. */
    private final float[] bounds = new float[Blockwise8Bit.CODES];

    private final int[] cells = new int[1 << CELL_BITS];
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

    /** The values of codes times a scale. Plain: vector gathers were boxed by the compiler after some warm-ups. */
    void values(byte[] codes, int count, float scale, float[] into, int at) {
        for (int i = 0; i < count; i++) {
            into[at + i] = values[codes[i] & 0xFF] * scale;
        }
    }

    /** The codes of values that are finite or NaN. */
    void codes(float[] from, int at, int count, byte[] codes) {
        for (int i = 0; i < count; i++) {
            float value = from[at + i];
            int code = cells[Float.floatToRawIntBits(value) >>> CELL_BITS];
            while (value > bounds[code]) {
                code++;
            }
            codes[i] = (byte) code;
        }
    }

    private void make() {
        for (int code = 0; code + 1 < values.length; code++) {
            bounds[code] = (values[code] + values[code + 1]) / 2;
        }
        bounds[values.length - 1] = Float.POSITIVE_INFINITY;
        for (int cell = 0; cell < cells.length; cell++) {
            int first = search(Float.intBitsToFloat(cell << CELL_BITS));
            int last = search(Float.intBitsToFloat(cell << CELL_BITS | (1 << CELL_BITS) - 1));
            if ((cell & NOT_FINITE) == NOT_FINITE) {
                first = values.length - 1;
                last = first;
            }
            // the bits of a negative float grow as it falls
            cells[cell] = Math.min(first, last);
        }
        made = true;
    }

    private int search(float value) {
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
