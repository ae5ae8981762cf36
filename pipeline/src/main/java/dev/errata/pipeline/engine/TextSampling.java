package dev.errata.pipeline.engine;

import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;

/**
 * How the next token is chosen, and where a text ends.
 *
 * @param temperature 0: the likeliest token
 * @param stop texts that end a completion; they are not part of it
 */
public record TextSampling(double temperature, double topP, int maxNewTokens, List<String> stop) {
    /** The same as tokens are chosen by. */
    public SamplerSettings sampler() {
        return temperature == 0 ? SamplerSettings.GREEDY : SamplerSettings.of(temperature, topP);
    }

    /** Always the likeliest token. */
    public static TextSampling greedy(int maxNewTokens, List<String> stop) {
        return new TextSampling(0, 1, maxNewTokens, stop);
    }
}
