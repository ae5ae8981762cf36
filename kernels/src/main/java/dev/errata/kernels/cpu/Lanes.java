package dev.errata.kernels.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The vector width that all kernels are compiled for: the widest that this CPU has. */
final class Lanes {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, SPECIES.vectorShape());
    static final int COUNT = SPECIES.length();
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private Lanes() {}

    /** The largest multiple of the lane count up to n. */
    static int floor(int n) {
        return n - n % COUNT;
    }

    /** The smallest multiple of the lane count from n on. */
    static int ceil(int n) {
        return (n + COUNT - 1) / COUNT * COUNT;
    }

    /** Adds lanes {@code at} to {@code at + COUNT} pairwise, upper half to lower half, and destroys them. */
    static float treeSum(float[] lanes, int at) {
        for (int half = COUNT / 2; half > 0; half /= 2) {
            for (int i = at; i < at + half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[at];
    }
}
