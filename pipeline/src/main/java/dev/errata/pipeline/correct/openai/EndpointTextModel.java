package dev.errata.pipeline.correct.openai;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.train.StopSignal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An OpenAI-compatible endpoint as a model that writes texts, each prompt as the message of a user. Asked with the care of
 * the corrector: cache, back-off, limits. How long a text may be is the endpoint's setting, and limits of the engine mean
 * nothing to it.
 */
public final class EndpointTextModel implements TextModel {
    private final OpenAiConfig config;
    private final Endpoint endpoint;
    private final AnswerCache cache;
    private final StopSignal stop;

    /**
     * @param environment the variables of the process: the key under the name that the config has, and proxies
     * @param cache the folder of answers
     * @throws dev.errata.tensor.BadInputException without a key
     */
    public EndpointTextModel(OpenAiConfig config, Map<String, String> environment, Path cache, StopSignal stop) {
        this.config = config;
        this.endpoint = new Endpoint(config, environment);
        this.cache = new AnswerCache(cache);
        this.stop = stop;
    }

    /** The texts of a request are told apart by seeds: the request's, and those after it. */
    @Override
    public void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
        List<ChatRequest> asked = new ArrayList<>();
        for (Request request : requests) {
            for (int sample = 0; sample < request.samples(); sample++) {
                asked.add(new ChatRequest(
                        config.model(),
                        request.prompt(),
                        sampling.sampler().temperature(),
                        config.maxTokens(),
                        request.seed() + sample));
            }
        }
        List<Completion> ofRequest = new ArrayList<>();
        int[] place = {0};
        new Asking(config, endpoint, cache, stop).all(asked, (_, reply) -> {
            ofRequest.add(completion(reply));
            if (ofRequest.size() == requests.get(place[0]).samples()) {
                texts.written(place[0]++, List.copyOf(ofRequest));
                ofRequest.clear();
            }
        });
    }

    private static Completion completion(Reply.Final reply) {
        String text = reply.text() == null ? "" : reply.text();
        return switch (reply) {
            case Reply.Answer _ -> new Completion(text, "stop");
            case Reply.CutOff _ -> new Completion(text, "length");
            case Reply.Refused refused -> new Completion(text, refused.reason());
        };
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
