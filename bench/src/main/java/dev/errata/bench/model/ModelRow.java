package dev.errata.bench.model;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;

/**
 * One test with a model.
 *
 * @param test {@code prompt}, or {@code generate}
 * @param tokens that each sequence reads, or writes
 * @param batch sequences together
 * @param context tokens of each sequence before those that it writes; 0 for {@code prompt}
 * @param sampling how tokens were chosen
 * @param tokensPerSecond of all sequences together, over the repetitions
 * @param warmupTokensPerSecond of the repetition before them, in which code is compiled
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ModelRow(
        String model,
        String dtype,
        String device,
        String test,
        int tokens,
        int batch,
        int context,
        int threads,
        String sampling,
        int repeat,
        Spread tokensPerSecond,
        double warmupTokensPerSecond) {}
