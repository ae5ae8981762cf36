package dev.errata.quant;

/** Values in ascending order that codes stand for, and the search for the nearest one. Their number is a power of two. */
public final class CodeMap {
    private final float[] values;
    /** {@code midpoints[i]} bounds code i from code i + 1; a value on it takes the lower code. */
    private final float[] midpoints;

    private CodeMap(float[] values, float[] midpoints) {
        this.values = values;
        this.midpoints = midpoints;
    }

    /**
     * @param values finite, ascending, a power of two of them
     * @throws IllegalArgumentException if they are not
     */
    public static CodeMap of(float... values) {
        if (Integer.bitCount(values.length) != 1) {
            throw new IllegalArgumentException("a code map of " + values.length + " values, not a power of two");
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a code map with " + value);
            }
        }
        float[] midpoints = new float[values.length - 1];
        for (int i = 0; i < midpoints.length; i++) {
            if (values[i] > values[i + 1]) {
                throw new IllegalArgumentException("a code map that is not ascending at " + i);
            }
            midpoints[i] = (values[i] + values[i + 1]) / 2;
        }
        return new CodeMap(values.clone(), midpoints);
    }

    public int size() {
        return values.length;
    }

    public float value(int code) {
        return values[code];
    }

    /** A copy of the values, ascending. */
    public float[] values() {
        return values.clone();
    }

    /** The code whose value is nearest, by midpoints rounded to float; ties go to the lower code. */
    public int nearest(float value) {
        int code = 0;
        for (int step = values.length >>> 1; step > 0; step >>>= 1) {
            code += value > midpoints[code + step - 1] ? step : 0;
        }
        return code;
    }
}
