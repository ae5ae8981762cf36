package dev.errata.model.checkpoint;

import dev.errata.tensor.Philox;

/**
 * Many draws of {@code (float) (deviation * Philox.normal(…))}, with its bits and at half its time. The cosine of a random
 * angle costs most there, by its branches for the quadrant; here it is a polynomial, which the compiler makes vectors of. Where
 * the difference between the two could fall on another float, which is once in ten million draws, the draw itself is asked.
 */
final class NormalFloats {
    /** The most that {@code cos} of both ways differs by is 2e-15: of the angle's rounding 7e-16, and of each cosine's ulps. */
    private static final double DIFFERENCE = 4e-15;

    private static final int BLOCK = 1024;

    /** (−1)ᵏ π²ᵏ⁺¹ / (2k + 1)!: the sine of π z up to z = ½ is left by 3e-16. */
    private static final double S0 = 3.141592653589793;

    private static final double S1 = -5.16771278004997;
    private static final double S2 = 2.5501640398773455;
    private static final double S3 = -0.5992645293207921;
    private static final double S4 = 0.08214588661112823;
    private static final double S5 = -0.0073704309457143504;
    private static final double S6 = 0.00046630280576761255;
    private static final double S7 = -2.1915353447830217e-05;
    private static final double S8 = 7.952054001475513e-07;
    private static final double S9 = -2.2948428997269873e-08;
    private static final double S10 = 5.392664662608129e-10;

    private final long[] bits = new long[BLOCK];
    private final double[] cosines = new double[BLOCK];

    /** values[at + i] = the draw at index + i of a stream times the deviation, for i below count. */
    void draw(long seed, long stream, long index, double deviation, float[] values, int at, int count) {
        for (int done = 0; done < count; done += BLOCK) {
            block(seed, stream, index + done, deviation, values, at + done, Math.min(BLOCK, count - done));
        }
    }

    private void block(long seed, long stream, long index, double deviation, float[] values, int at, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = Philox.bits(seed, stream, index + i);
        }
        cosines(bits, count, cosines);
        for (int i = 0; i < count; i++) {
            double u = ((bits[i] & 0xFFFF_FFFFL) + 0.5) * 0x1p-32;
            double length = deviation * Math.sqrt(-2 * StrictMath.log(u));
            double value = length * cosines[i];
            float low = (float) (value - length * DIFFERENCE);
            float high = (float) (value + length * DIFFERENCE);
            values[at + i] =
                    low == high && low != 0 ? low : (float) (deviation * Philox.normal(seed, stream, index + i));
        }
    }

    /** Of 2π times the upper 32 bits as a fraction: as the sine of what lacks from a quarter of a turn, which is exact. */
    private static void cosines(long[] bits, int count, double[] cosines) {
        for (int i = 0; i < count; i++) {
            double z = 0.5 - Math.abs((double) (bits[i] >> 32)) * 0x1p-31;
            double w = z * z;
            double sum = S10;
            sum = sum * w + S9;
            sum = sum * w + S8;
            sum = sum * w + S7;
            sum = sum * w + S6;
            sum = sum * w + S5;
            sum = sum * w + S4;
            sum = sum * w + S3;
            sum = sum * w + S2;
            sum = sum * w + S1;
            sum = sum * w + S0;
            cosines[i] = sum * z;
        }
    }
}
