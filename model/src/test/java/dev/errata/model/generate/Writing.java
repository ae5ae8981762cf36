package dev.errata.model.generate;

import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;
import java.util.Set;

/** Short ways to have a decoder write. */
public final class Writing {
    private Writing() {}

    /** The likeliest tokens after each prompt. */
    public static List<Generated> greedy(Decoder decoder, List<int[]> prompts, int count, Set<Integer> ends) {
        return each(decoder, prompts, SamplerSettings.GREEDY, count, ends);
    }

    /** Tokens after each prompt, under seed 42. */
    public static List<Generated> each(
            Decoder decoder, List<int[]> prompts, SamplerSettings sampler, int count, Set<Integer> ends) {
        return all(
                decoder,
                EngineLimits.of(Math.max(1, prompts.size())),
                prompts.stream()
                        .map(prompt -> new GenerationRequest(prompt, sampler, count, StopConditions.of(ends), 42))
                        .toList());
    }

    /** What requests of one sample are answered with. */
    static List<Generated> all(Decoder decoder, EngineLimits limits, List<GenerationRequest> requests) {
        try (GenerationEngine engine = new GenerationEngine(decoder, limits)) {
            return engine.generate(requests).stream()
                    .map(result -> result.samples().getFirst())
                    .toList();
        }
    }
}
