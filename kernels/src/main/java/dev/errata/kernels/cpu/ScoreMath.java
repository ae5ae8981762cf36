package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What is done to a row of scores before and after the softmax, the same for blocks of queries and for single ones. */
final class ScoreMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private ScoreMath() {}

    /** What queries are multiplied with before the product: where that is rounded first, the scale comes later. */
    static float alpha(HeadLayout layout) {
        return layout.rounds ? 1 : layout.scale;
    }

    /**
     * Rounds and scales and bends products of what was scaled by {@link #alpha}; to torch, in bf16 each is an operator.
     *
     * @param scores have room up to the next whole vector, and so has {@code room}
     */
    static void finish(HeadLayout layout, long scores, int count, long room, Scratch mine) {
        if (layout.rounds) {
            mine.rowsOfBf16.scale(scores, layout.scale, count);
        }
        if (layout.softCap == 0) {
            return;
        }
        divide(scores, count, layout.softCap);
        if (layout.rounds) {
            mine.rowsOfBf16.round(scores, count);
        }
        VectorTanh.apply(scores, count, room, mine.exponentials);
        if (layout.rounds) {
            mine.rowsOfBf16.round(room, count);
        }
        Memory.copy(room, scores, count * 4L);
        RowMath.scale(scores, count, layout.softCap);
        if (layout.rounds) {
            mine.rowsOfBf16.round(scores, count);
        }
    }

    /**
     * Scores become probabilities; the logarithm of their sum is the result.
     *
     * @param scores have room up to the next whole vector, where anything may be left
     */
    static float softmax(HeadLayout layout, long scores, int count, Scratch mine) {
        float max = mine.rowsOfF32.max(scores, count);
        int whole = Lanes.ceil(count);
        mine.exponentials.apply(scores, 1, -max, whole, scores);
        double sum = RowMath.sum(scores, count, mine.lanes);
        mine.rowsOfF32.scaled(scores, (float) (1 / sum), whole, scores);
        if (layout.rounds) {
            mine.rowsOfBf16.round(scores, count);
        }
        return (float) (max + StrictMath.log(sum));
    }

    /** slopes = the derivative of the soft cap where it gave these scores: 1 − (score / softCap)². */
    static void slopes(long scores, int count, float softCap, long slopes) {
        for (int i = 0; i < count; i++) {
            float bent = Memory.get(scores + i * 4L) / softCap;
            Memory.set(slopes + i * 4L, Math.fma(-bent, bent, 1f));
        }
    }

    /** x = x · factors, element by element. */
    static void multiply(long x, long factors, int count) {
        for (int i = 0; i < count; i++) {
            Memory.set(x + i * 4L, Memory.get(x + i * 4L) * Memory.get(factors + i * 4L));
        }
    }

    private static void divide(long x, int count, float divisor) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .div(divisor)
                    .intoMemorySegment(Memory.ALL, x + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(x + i * 4L, Memory.get(x + i * 4L) / divisor);
        }
    }
}
