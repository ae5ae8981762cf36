package dev.errata.bench.trace;

import dev.errata.bench.ops.Work;
import dev.errata.train.trace.Phase;

/**
 * One operator that ran, or one copy between host and backend.
 *
 * @param operator the operator's name, or {@code upload}, {@code download}
 * @param place as {@code layer 3}
 * @param shape of its operands, in words
 * @param begun nanoseconds since the step began
 * @param work what it has to compute and to move at least
 */
record TracedCall(String operator, Phase phase, String place, String shape, long begun, long nanos, Work work) {
    long ended() {
        return begun + nanos;
    }
}
