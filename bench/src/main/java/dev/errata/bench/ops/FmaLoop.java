package dev.errata.bench.ops;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Fused multiply-adds in registers: 12 independent chains, enough for two units with latencies of 4 or 5 cycles. */
public final class FmaLoop {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 12;
    private static final int STEPS = 10_000;
    private static final int ROUNDS = 300;
    /** Takes the results, so that they are needed. */
    @SuppressWarnings("unused")
    private static volatile float sink;

    private FmaLoop() {}

    /** Additions and multiplications of {@link #run}. */
    static double operations() {
        return ROUNDS * operationsOfPass();
    }

    /** Additions and multiplications of {@link #pass}. */
    public static double operationsOfPass() {
        return 2.0 * CHAINS * STEPS * S.length();
    }

    static void run() {
        float sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            sum += pass();
        }
        sink = sum;
    }

    /** Some microseconds of it. */
    public static float pass() {
        FloatVector x = FloatVector.broadcast(S, 0.999f);
        FloatVector c0 = FloatVector.broadcast(S, 0);
        FloatVector c1 = FloatVector.broadcast(S, 1);
        FloatVector c2 = FloatVector.broadcast(S, 2);
        FloatVector c3 = FloatVector.broadcast(S, 3);
        FloatVector c4 = FloatVector.broadcast(S, 4);
        FloatVector c5 = FloatVector.broadcast(S, 5);
        FloatVector c6 = FloatVector.broadcast(S, 6);
        FloatVector c7 = FloatVector.broadcast(S, 7);
        FloatVector c8 = FloatVector.broadcast(S, 8);
        FloatVector c9 = FloatVector.broadcast(S, 9);
        FloatVector c10 = FloatVector.broadcast(S, 10);
        FloatVector c11 = FloatVector.broadcast(S, 11);
        for (int i = 0; i < STEPS; i++) {
            c0 = c0.fma(x, x);
            c1 = c1.fma(x, x);
            c2 = c2.fma(x, x);
            c3 = c3.fma(x, x);
            c4 = c4.fma(x, x);
            c5 = c5.fma(x, x);
            c6 = c6.fma(x, x);
            c7 = c7.fma(x, x);
            c8 = c8.fma(x, x);
            c9 = c9.fma(x, x);
            c10 = c10.fma(x, x);
            c11 = c11.fma(x, x);
        }
        FloatVector low = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
        return low.add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).lane(0);
    }
}
