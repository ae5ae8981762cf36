package dev.errata.bench.replay;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * How the elements of an operator's output are spread.
 *
 * @param least of those that are finite; null where none is
 * @param most likewise
 * @param norm Euclidean, of those that are finite
 * @param zeros share of zeros; {@code infinities} and {@code nans} likewise
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record OutputRanges(
        int call,
        String operator,
        String phase,
        String place,
        String tensor,
        String shape,
        Float least,
        Float most,
        double norm,
        double zeros,
        double infinities,
        double nans) {
    static OutputRanges of(OperatorOutput output) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        double squares = 0;
        long zeros = 0;
        long infinities = 0;
        long nans = 0;
        for (long i = 0; i < output.count(); i++) {
            float value = output.at(i);
            if (Float.isFinite(value)) {
                least = Math.min(least, value);
                most = Math.max(most, value);
                squares += (double) value * value;
                zeros += value == 0 ? 1 : 0;
            } else if (Float.isNaN(value)) {
                nans++;
            } else {
                infinities++;
            }
        }
        double count = output.count();
        boolean any = least <= most;
        return new OutputRanges(
                output.call(),
                output.operator(),
                output.phase().shown(),
                output.place(),
                output.tensor(),
                output.dtype() + " " + output.shape(),
                any ? least : null,
                any ? most : null,
                Math.sqrt(squares),
                zeros / count,
                infinities / count,
                nans / count);
    }
}
