package dev.errata.bench.replay;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * By how much an operator's output differs from its partner's in another step.
 *
 * @param differing elements whose bits differ, of {@code elements}; two types are compared by value
 * @param largest difference of two elements; infinite where one is finite and the other isn't
 * @param relative norm of the difference over the norm of the first
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record OutputDifference(
        int call,
        String operator,
        String phase,
        String place,
        String tensor,
        String shape,
        long elements,
        long differing,
        double largest,
        double relative) {
    static OutputDifference of(OperatorOutput first, OperatorOutput second) {
        long differing = 0;
        double largest = 0;
        double squares = 0;
        double all = 0;
        for (long i = 0; i < first.count(); i++) {
            float a = first.at(i);
            float b = second.at(i);
            all += (double) a * a;
            if (Float.floatToRawIntBits(a) != Float.floatToRawIntBits(b)) {
                differing++;
                double gap = Math.abs((double) a - b);
                boolean same = (Float.isNaN(a) && Float.isNaN(b)) || a == b;
                gap = same ? 0 : Double.isFinite(gap) ? gap : Double.POSITIVE_INFINITY;
                largest = Math.max(largest, gap);
                squares += gap * gap;
            }
        }
        double relative = squares == 0 ? 0 : all == 0 ? Double.POSITIVE_INFINITY : Math.sqrt(squares / all);
        return new OutputDifference(
                first.call(),
                first.operator(),
                first.phase().shown(),
                first.place(),
                first.tensor(),
                first.dtype() + " " + first.shape(),
                first.count(),
                differing,
                largest,
                Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative);
    }

    @Override
    public String toString() {
        return "%s, %s, %s (call %d), tensor %s %s: %d of %d elements, at most by %.3g, relative %.3g"
                .formatted(operator, phase, place, call, tensor, shape, differing, elements, largest, relative);
    }
}
