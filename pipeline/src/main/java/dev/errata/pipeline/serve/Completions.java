package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.LogProbabilities;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.Router;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/completions}: texts or ids to go on from, as they are. */
final class Completions implements Router.Handler {
    /** What OpenAI's API has where a request leaves it open. */
    private static final int MAX_TOKENS = 16;

    private static final int MOST_PROMPTS = 1024;
    static final int MOST_RIVALS = 20;

    private final ServedModel model;
    private final ServerMetrics metrics;
    private final RequestMaker maker;

    Completions(ServedModel model, ServerMetrics metrics, RequestMaker maker) {
        this.model = model;
        this.metrics = metrics;
        this.maker = maker;
    }

    @Override
    public void answer(Exchange exchange) throws InterruptedException {
        BodyFields body = BodyFields.of(exchange.body());
        String name = body.text("model", model.name());
        String adapter = model.adapter(name);
        GenerationFields fields = GenerationFields.read(body, maker.defaults());
        boolean echo = body.flag("echo", false);
        boolean scored = body.has("logprobs");
        int rivals = body.count("logprobs", 0, 0, MOST_RIVALS);
        body.refuse("suffix", "\"\"");
        List<PromptText> prompts = prompts(body);
        body.refuseUnknown();
        int maxTokens = fields.maxTokens() == null ? MAX_TOKENS : fields.maxTokens();
        LogProbabilities wanted = scored ? new LogProbabilities(true, echo, rivals) : LogProbabilities.NONE;
        List<GenerationRequest> requests = new ArrayList<>();
        for (PromptText prompt : prompts) {
            requests.add(maker.request(prompt, fields, maxTokens, PromptStyle.PLAIN, adapter, wanted));
        }
        new Answering(
                        model,
                        metrics,
                        exchange,
                        fields,
                        new CompletionShape(model.tokenTexts(), echo, scored, rivals),
                        name)
                .answer(prompts, requests, echo && scored);
    }

    /** A text, a list of texts, a list of ids, or a list of lists of ids. */
    private List<PromptText> prompts(BodyFields body) {
        JsonNode given = body.tree("prompt");
        if (given == null) {
            throw body.wrong("prompt", "is missing: give a text, or a list of texts or token ids");
        }
        if (given.isTextual()) {
            return List.of(ofText(given.textValue()));
        }
        if (!(given instanceof ArrayNode list) || list.isEmpty()) {
            throw body.wrong("prompt", "must be a text, or a list of texts or token ids, and not empty");
        }
        if (list.get(0).isNumber()) {
            return List.of(ofIds(body, list));
        }
        if (list.size() > MOST_PROMPTS) {
            throw body.wrong("prompt", "holds " + list.size() + " prompts, " + MOST_PROMPTS + " are the most");
        }
        List<PromptText> prompts = new ArrayList<>();
        for (JsonNode each : list) {
            if (each.isTextual()) {
                prompts.add(ofText(each.textValue()));
            } else if (each instanceof ArrayNode ids) {
                prompts.add(ofIds(body, ids));
            } else {
                throw body.wrong("prompt", "must be a text, or a list of texts or token ids");
            }
        }
        return prompts;
    }

    private PromptText ofText(String text) {
        return new PromptText(model.text().prompt(text, PromptStyle.PLAIN), text);
    }

    private PromptText ofIds(BodyFields body, ArrayNode list) {
        int[] ids = body.ids("prompt", list, model.config().vocabSize());
        return new PromptText(ids, model.tokenTexts().joined(ids));
    }
}
