package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;
import java.util.List;

/**
 * A training step on synthetic weights.
 *
 * @param layers of the model
 * @param layersRun with which the step was made; where they are fewer, {@code tokensPerSecond} is computed for all by the
 *     step's arithmetic
 * @param rows packed into the step's one micro-batch, each of {@code length} tokens
 * @param steps measured, after two others
 * @param firstMilliseconds of the first step, in which kernels are loaded
 * @param floorTokensPerSecond of products alone at the device's best rate
 * @param fractionOfFloor the median of {@code tokensPerSecond} by it
 * @param weightBytes of weights, adapters and optimizer states
 * @param plannedBytes the most that would be taken from the driver, by the plan made before
 * @param peakBytes the most that was live in a measured step
 * @param reservedBytes the most that was taken from the driver
 * @param operators of one further step, the longest first
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record TrainingRow(
        String model,
        int layers,
        int layersRun,
        int rows,
        int length,
        int rank,
        String recompute,
        String optimizer,
        int steps,
        double firstMilliseconds,
        Spread milliseconds,
        Spread tokensPerSecond,
        double floorTokensPerSecond,
        double fractionOfFloor,
        long weightBytes,
        long plannedBytes,
        long peakBytes,
        long reservedBytes,
        List<OperatorTimes.Row> operators) {}
