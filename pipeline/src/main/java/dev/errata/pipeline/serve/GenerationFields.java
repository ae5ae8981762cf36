package dev.errata.pipeline.serve;

import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;

/**
 * The fields that both kinds of completions have.
 *
 * @param maxTokens null where the request leaves it open
 * @param includeUsage whether a stream ends with the usage
 */
record GenerationFields(
        SamplerSettings sampler,
        Integer maxTokens,
        List<String> stop,
        long seed,
        int samples,
        boolean stream,
        boolean includeUsage) {
    /** As in OpenAI's API. */
    private static final int MOST_SAMPLES = 128;

    private static final int MOST_STOPS = 64;
    private static final int MOST_TOKENS = 1 << 30;

    /** What tells who asks and where it is kept, but not what. */
    private static final String[] HARMLESS = {
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "cache_prompt"
    };

    /**
     * @param defaults of what the request doesn't say
     * @throws RequestFault if a field is out of range, or asks for what isn't there
     */
    static GenerationFields read(BodyFields body, RequestDefaults defaults) {
        body.ignore(HARMLESS);
        Integer newer = tokens(body, "max_completion_tokens");
        Integer older = tokens(body, "max_tokens");
        if (newer != null && older != null && !newer.equals(older)) {
            throw body.wrong("max_tokens", "says something else than max_completion_tokens: give one of the two");
        }
        int samples = body.count("n", 1, 1, MOST_SAMPLES);
        boolean stream = body.flag("stream", false);
        BodyFields options = body.block("stream_options");
        boolean includeUsage = false;
        if (options != null) {
            if (!stream) {
                throw body.wrong("stream_options", "is for requests with stream: true alone");
            }
            includeUsage = options.flag("include_usage", false);
            options.ignore("include_obfuscation");
            options.refuseUnknown();
        }
        Long seed = body.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        refuseUnsupported(body, samples);
        return new GenerationFields(
                sampler(body, defaults.sampler()),
                newer != null ? newer : older,
                stop(body),
                seed != null ? seed : defaults.freshSeed(),
                samples,
                stream,
                includeUsage);
    }

    private static Integer tokens(BodyFields body, String name) {
        Long tokens = body.whole(name, 0, MOST_TOKENS);
        return tokens == null ? null : Integer.valueOf(tokens.intValue());
    }

    private static SamplerSettings sampler(BodyFields body, SamplerSettings usual) {
        double topP = body.number("top_p", usual.topP(), 0, 1);
        if (topP == 0) {
            throw body.wrong("top_p", "must be above 0: for the likeliest token give temperature 0");
        }
        double typicalP = body.number("typical_p", usual.typicalP(), 0, 1);
        if (typicalP == 0) {
            throw body.wrong("typical_p", "must be above 0");
        }
        double penalty = body.number("repetition_penalty", usual.repetitionPenalty(), 0, Double.MAX_VALUE);
        if (penalty == 0) {
            throw body.wrong("repetition_penalty", "must be above 0");
        }
        return new SamplerSettings(
                body.number("temperature", usual.temperature(), 0, Double.MAX_VALUE),
                // −1 is how vLLM's clients write that it is off.
                Math.max(0, body.count("top_k", usual.topK(), -1, Integer.MAX_VALUE)),
                topP,
                body.number("min_p", usual.minP(), 0, 1),
                typicalP,
                penalty,
                body.count("no_repeat_ngram_size", usual.noRepeatNgramSize(), 0, Integer.MAX_VALUE));
    }

    private static List<String> stop(BodyFields body) {
        List<String> stop = body.texts("stop");
        if (stop.size() > MOST_STOPS || stop.stream().anyMatch(String::isEmpty)) {
            throw body.wrong("stop", "must be up to " + MOST_STOPS + " texts, none of them empty");
        }
        return stop;
    }

    /** What OpenAI's API and other servers' have and this one hasn't, unless it is off. */
    private static void refuseUnsupported(BodyFields body, int samples) {
        body.refuse("logit_bias", "{}");
        body.refuse("presence_penalty", "0", "0.0");
        body.refuse("frequency_penalty", "0", "0.0");
        body.refuse("repeat_penalty", "1", "1.0");
        body.refuse("best_of", "1", Integer.toString(samples));
        body.refuse("response_format", "{\"type\":\"text\"}");
        body.refuse("ignore_eos", "false");
        body.refuse("min_tokens", "0");
        body.refuse("grammar", "\"\"");
    }
}
