package dev.errata.bench.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;
import java.util.List;

/**
 * What {@code bench train} measured with one number of threads.
 *
 * @param steps measured
 * @param warmupSteps made before, in which code is compiled and memory taken
 * @param tokens of a step, the mean
 * @param tokensPerSecond of each step
 * @param warmupTokensPerSecond of the first step
 * @param peakBytes the most that was resident of the process, loading included; where the system doesn't tell, reservedBytes
 * @param reservedBytes the most memory that was taken for tensors, mapped weights included
 * @param heapBytesPerStep allocated by all threads in a step, the median
 *
 * @param operators of a step, the longest first; what lies between them is the host's work
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record TrainRow(
        String config,
        String device,
        int threads,
        int steps,
        int warmupSteps,
        double tokens,
        Spread tokensPerSecond,
        double warmupTokensPerSecond,
        long peakBytes,
        long reservedBytes,
        long heapBytesPerStep,
        boolean timedApart,
        List<OperatorTally.Row> operators) {}
