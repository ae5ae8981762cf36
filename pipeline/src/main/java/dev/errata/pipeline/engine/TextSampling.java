package dev.errata.pipeline.engine;

import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;

/**
 * How the next token is chosen, and where a text ends.
 *
 * @param stop texts that end a completion; they are not part of it
 */
public record TextSampling(SamplerSettings sampler, int maxNewTokens, List<String> stop) {
    /** Always the likeliest token. */
    public static TextSampling greedy(int maxNewTokens, List<String> stop) {
        return new TextSampling(SamplerSettings.GREEDY, maxNewTokens, stop);
    }
}
