package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Softmax;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.Routine;
import java.util.List;
import java.util.function.Supplier;

/**
 * Rows of scores to probabilities in bf16 and back, by machine code in one or two passes, with the bits of {@link ScoreMath}'s but for NaN's.
 * One for each worker.
 */
final class Bf16Scores {
    private static final int W = Lanes.COUNT;

    private final Supplier<Functions> machineCode;
    private final Room sums;
    private final float[] lanes = new float[2 * W];
    private Functions functions;

    /** The functions of {@link Bf16Softmax}. */
    record Functions(Routine exponentials, Routine probabilities, Routine gradient) {
        static List<MachineCode> codes() {
            return List.of(
                    Bf16Softmax.exponentials(VectorExp.constants()),
                    Bf16Softmax.probabilities(),
                    Bf16Softmax.gradient(VectorExp.constants()));
        }

        /**
         * @param all of {@link #codes}
         */
        static Functions of(List<Routine> all) {
            return new Functions(all.get(0), all.get(1), all.get(2));
        }
    }

    /**
     * @param machineCode asked for with the first row, as most programs have none
     * @param sums where machine code leaves a row's sums
     */
    Bf16Scores(Supplier<Functions> machineCode, Room sums) {
        this.machineCode = machineCode;
        this.sums = sums;
    }

    /** Whether rows of an attention are taken: with the roundings of bf16, and nothing bent by a soft cap. */
    boolean takes(boolean rounds, float softCap) {
        if (!rounds || softCap != 0) {
            return false;
        }
        if (functions == null) {
            functions = machineCode.get();
        }
        return functions != null;
    }

    /**
     * Scores become probabilities in BF16.
     *
     * @param scores of what is seen, F32, at least one; what follows up to the next whole vector is changed
     * @param to where BF16 go, up to the next whole vector, not behind the scores they are of
     * @return the logarithm of the sum
     */
    float probabilities(long scores, int count, float scale, long to) {
        long results = sums.floats(2L * W);
        int vectors = Math.ceilDiv(count, W);
        long behind = -1L << (count - (vectors - 1) * W) & 0xFFFF;
        functions.exponentials.call(scores, results, vectors, 0, 0, 0, Float.floatToRawIntBits(scale), behind);
        Memory.getFloats(results, lanes, 0, 2 * W);
        double sum = 0;
        for (int lane = W; lane < 2 * W; lane++) {
            sum += lanes[lane];
        }
        long factor = Float.floatToRawIntBits((float) (1 / sum));
        functions.probabilities.call(scores, to, vectors, 0, 0, 0, factor, 0);
        return (float) (lanes[0] + StrictMath.log(sum));
    }

    /**
     * p = exp(s − lse), dS = (dP − delta) · p · scale, all up to the next whole vector.
     *
     * @param scores F32
     * @param dP F32
     * @param p where BF16 go, not behind the scores they are of
     * @param dS the same of dP
     */
    void gradient(long scores, long dP, int count, float scale, float lse, float delta, long p, long dS) {
        functions.gradient.call(
                scores,
                dP,
                p,
                dS,
                Math.ceilDiv(count, W),
                0,
                Float.floatToRawIntBits(scale),
                Float.floatToRawIntBits(-lse),
                Float.floatToRawIntBits(delta),
                0);
    }
}
