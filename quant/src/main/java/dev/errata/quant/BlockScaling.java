package dev.errata.quant;

import dev.errata.tensor.BadInputException;

/** Scaling of a block by its largest magnitude, the step that all blockwise formats share. */
final class BlockScaling {
    /** What bitsandbytes' plain backend divides by at least, so that blocks of zeros and of subnormals stay finite. */
    private static final float SMALLEST_DIVISOR = 1e-38f;

    private BlockScaling() {}

    /**
     * The largest magnitude in {@code block[0…count]}; of a short last block at least {@link #SMALLEST_DIVISOR}.
     *
     * @param name what the values belong to, for the error
     * @throws BadInputException if a value is NaN or infinite
     */
    static float absmax(float[] block, int count, boolean full, String name) {
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(block[i]));
        }
        if (!(largest <= Float.MAX_VALUE)) {
            throw new BadInputException(
                    "values that are NaN or infinite can't be quantized", name, "mend the tensor or leave it out");
        }
        return full ? largest : Math.max(largest, SMALLEST_DIVISOR);
    }

    /**
     * Scales {@code block[0…count]} into [-1, 1] in place. A full block is multiplied by the reciprocal and a short
     * last one divided, as bitsandbytes' plain backend does: the two differ in the last bit, which decides ties.
     */
    static void scale(float[] block, int count, float absmax, boolean full) {
        float reciprocal = 1 / Math.max(absmax, SMALLEST_DIVISOR);
        for (int i = 0; i < count; i++) {
            float scaled = full ? block[i] * reciprocal : block[i] / absmax;
            block[i] = Math.min(1, Math.max(-1, scaled));
        }
    }
}
