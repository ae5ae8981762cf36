package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;

/**
 * How fast a batch of sequences is written.
 *
 * @param weights {@code nf4} or {@code bf16}
 * @param context tokens of each prompt, read before the clock starts
 * @param tokens that each sequence writes
 * @param firstTokensPerSecond of a run before the measured ones, in which kernels are loaded
 * @param floorTokensPerSecond where reading weights, keys and values once a token at the speed of a copy is all that counts
 * @param tokensPerSecond of all sequences together; null where no run came to its end
 * @param peakBytes the most that was live
 * @param refusal why a run didn't come to its end, as for want of memory, or null
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record DecodingRow(
        String model,
        String weights,
        int batch,
        int context,
        int tokens,
        double firstTokensPerSecond,
        Spread tokensPerSecond,
        double floorTokensPerSecond,
        double fractionOfFloor,
        long weightBytes,
        long peakBytes,
        long reservedBytes,
        String refusal) {}
