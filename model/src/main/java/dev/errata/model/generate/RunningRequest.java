package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/** A request that an engine is at work on. */
final class RunningRequest implements Ticket {
    private final GenerationRequest request;
    private final GenerationListener listener;

    RunningRequest(GenerationRequest request, GenerationListener listener) {
        this.request = request;
        this.listener = listener;
    }

    GenerationRequest request() {
        return request;
    }

    GenerationListener listener() {
        return listener;
    }

    /** To be replaced by the scheduler. */
    void run(Generator generator) {
        List<PromptTokens> prompts = new ArrayList<>();
        List<Generator.StopRule> rules = new ArrayList<>();
        for (int sample = 0; sample < request.samples(); sample++) {
            prompts.add(new PromptTokens(request.prompt(), request.stream(sample)));
            StopRule rule = request.stop().rules().get();
            rules.add((ids, count) -> rule.endsWith(ids[count - 1]));
        }
        GenerationSettings settings = new GenerationSettings(
                request.maxNewTokens(),
                request.sampler(),
                List.of(),
                request.stop().ids(),
                request.forbidden(),
                request.seed());
        List<Generated> written =
                generator.generate(prompts, settings, rules, (sample, id) -> listener.written(sample, id, null));
        for (int sample = 0; sample < written.size(); sample++) {
            listener.ended(sample, written.get(sample));
        }
        listener.completed(new GenerationResult(List.of(), written));
    }
}
