package dev.errata.pipeline.serve;

import dev.errata.tensor.sampling.SamplerSettings;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What holds for a request that doesn't say otherwise.
 *
 * @param sampler how tokens are chosen
 * @param seed null for another one each time
 */
public record RequestDefaults(SamplerSettings sampler, Long seed) {
    /** The seed of a request that names none; small enough that JavaScript can give it back. */
    long freshSeed() {
        return seed != null ? seed : ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    }
}
