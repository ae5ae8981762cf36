package dev.errata.pipeline.serve;

import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.LogProbabilities;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.serve.http.RequestFault;

/** Makes the engine's requests of what HTTP requests say, the defaults and the model's limits added. */
final class RequestMaker {
    private final ServedModel model;
    private final RequestDefaults defaults;

    RequestMaker(ServedModel model, RequestDefaults defaults) {
        this.model = model;
        this.defaults = defaults;
    }

    RequestDefaults defaults() {
        return defaults;
    }

    /** New tokens that there is room for after a prompt. */
    int room(PromptText prompt) {
        return Math.max(0, model.context() - prompt.ids().length);
    }

    /**
     * @param style of the prompt, which says what ends an answer
     * @throws RequestFault if the prompt has no token, or it and the answer are longer than the model's context
     */
    GenerationRequest request(
            PromptText prompt,
            GenerationFields fields,
            int maxTokens,
            PromptStyle style,
            String adapter,
            LogProbabilities wanted) {
        int length = prompt.ids().length;
        if (length == 0) {
            throw RequestFault.invalid("prompt", "has no token");
        }
        if (maxTokens > room(prompt)) {
            throw RequestFault.invalid(
                    "max_tokens",
                    "context_length_exceeded",
                    "the prompt has " + length + " tokens, and " + maxTokens + " new ones are asked for: the model's "
                            + "context is " + model.context() + " tokens");
        }
        return new GenerationRequest(
                prompt.ids(),
                fields.sampler(),
                maxTokens,
                model.text()
                        .stopConditions(
                                model.text().endIds(style, model.config().eosTokenIds()), fields.stop()),
                model.forbidden(),
                fields.seed(),
                fields.samples(),
                adapter,
                wanted);
    }
}
