package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Adds up the lanes of 16 vectors at once, each in the tree of {@link Lanes#treeSum}: upper half to lower half. */
final class LaneSums {
    /** Vectors summed together. */
    static final int COUNT = 16;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private LaneSums() {}

    /**
     * lanes[i] becomes the sum of vector i, and the rest of lanes is destroyed.
     *
     * @param lanes [16][W]
     * @param swapped room for as many
     */
    static void sum(float[] lanes, float[] swapped, int[] between) {
        if (!Transpose.isSupported()) {
            for (int i = 0; i < COUNT; i++) {
                lanes[i] = Lanes.treeSum(lanes, i * Lanes.COUNT);
            }
            return;
        }
        Transpose.block(lanes, swapped, between);
        for (int half = 8; half > 1; half /= 2) {
            for (int i = 0; i < half; i++) {
                FloatVector.fromArray(S, swapped, i * 16)
                        .add(FloatVector.fromArray(S, swapped, (i + half) * 16))
                        .intoArray(swapped, i * 16);
            }
        }
        FloatVector.fromArray(S, swapped, 0)
                .add(FloatVector.fromArray(S, swapped, 16))
                .intoArray(lanes, 0);
    }
}
