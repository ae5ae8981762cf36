package dev.errata.pipeline.serve;

import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.LogProbabilities;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.pipeline.serve.http.Router;
import java.util.List;

/** {@code POST /v1/chat/completions}: a conversation in the model's own chat template. */
final class ChatCompletions implements Router.Handler {
    private final ServedModel model;
    private final ServerMetrics metrics;
    private final RequestMaker maker;

    ChatCompletions(ServedModel model, ServerMetrics metrics, RequestMaker maker) {
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
        boolean scored = body.flag("logprobs", false);
        int rivals = body.count("top_logprobs", 0, 0, Completions.MOST_RIVALS);
        if (rivals > 0 && !scored) {
            throw body.wrong("top_logprobs", "is for requests with logprobs: true alone");
        }
        refuseUnsupported(body);
        PromptText prompt = ChatMessages.read(body).prompt(model.text(), true);
        body.refuseUnknown();
        int room = maker.room(prompt);
        if (room == 0) {
            throw RequestFault.invalid(
                    "messages",
                    "context_length_exceeded",
                    "the conversation has " + prompt.ids().length + " tokens, which fill the model's context");
        }
        int maxTokens = fields.maxTokens() == null ? room : fields.maxTokens();
        GenerationRequest request = maker.request(
                prompt, fields, maxTokens, PromptStyle.CHAT, adapter, new LogProbabilities(scored, false, rivals));
        new Answering(model, metrics, exchange, fields, new ChatShape(model.tokenTexts(), scored, rivals), name)
                .answer(List.of(prompt), List.of(request), false);
    }

    private static void refuseUnsupported(BodyFields body) {
        body.refuse("tools", "[]");
        body.refuse("tool_choice", "\"none\"", "\"auto\"");
        body.refuse("functions", "[]");
        body.refuse("function_call", "\"none\"", "\"auto\"");
        body.ignore("parallel_tool_calls");
        body.refuse("modalities", "[\"text\"]");
        body.refuse("audio");
        body.refuse("prediction");
        body.refuse("reasoning_effort", "\"none\"");
        body.refuse("verbosity");
        body.refuse("web_search_options");
        body.refuse("continue_final_message", "false");
    }
}
