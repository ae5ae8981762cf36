package dev.errata.pipeline.cli.chat;

import dev.errata.tensor.sampling.SamplerSettings;

/**
 * How answers are written; a person may change it as the conversation goes.
 *
 * @param system the system prompt; null for none
 * @param maxNewTokens of one answer; 0 for as many as the model's context has room for
 */
record ChatSettings(String system, SamplerSettings sampler, long seed, int maxNewTokens) {
    ChatSettings withSystem(String text) {
        return new ChatSettings(text, sampler, seed, maxNewTokens);
    }

    ChatSettings withSeed(long number) {
        return new ChatSettings(system, sampler, number, maxNewTokens);
    }

    ChatSettings withTemperature(double temperature) {
        SamplerSettings changed = new SamplerSettings(
                temperature,
                sampler.topK(),
                sampler.topP(),
                sampler.minP(),
                sampler.typicalP(),
                sampler.repetitionPenalty(),
                sampler.noRepeatNgramSize());
        return new ChatSettings(system, changed, seed, maxNewTokens);
    }
}
