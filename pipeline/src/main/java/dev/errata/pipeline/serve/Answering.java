package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.ScoredToken;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.serve.http.Exchange;
import dev.errata.pipeline.serve.http.RequestFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** RequestEvents one HTTP request that asks for texts, whole or as a stream, in the shape of its endpoint. */
final class Answering {
    private final ServedModel model;
    private final ServerMetrics metrics;
    private final Exchange exchange;
    private final GenerationFields fields;
    private final AnswerShape shape;
    private final String modelName;
    private final String id;
    private final long created = Instant.now().getEpochSecond();
    private final long begun = System.nanoTime();
    private final List<PromptText> prompts = new ArrayList<>();
    private final List<Choice> choices = new ArrayList<>();
    private final Set<Integer> opened = new HashSet<>();

    /**
     * @param modelName as the request gave it
     */
    Answering(
            ServedModel model,
            ServerMetrics metrics,
            Exchange exchange,
            GenerationFields fields,
            AnswerShape shape,
            String modelName) {
        this.model = model;
        this.metrics = metrics;
        this.exchange = exchange;
        this.fields = fields;
        this.shape = shape;
        this.modelName = modelName;
        this.id = shape.idPrefix() + UUID.randomUUID().toString().replace("-", "");
    }

    /**
     * @param asked the prompts
     * @param requests one for each, each with as many samples as the fields say
     * @param waitForPrompt whether a stream begins with the prompts' log-probabilities
     */
    void answer(List<PromptText> asked, List<GenerationRequest> requests, boolean waitForPrompt)
            throws InterruptedException {
        prompts.addAll(asked);
        for (PromptText prompt : prompts) {
            for (int sample = 0; sample < fields.samples(); sample++) {
                choices.add(new Choice(choices.size(), prompt, model.text().textUntilStop(fields.stop())));
            }
        }
        long deadline = begun + TimeUnit.SECONDS.toNanos(model.limits().seconds());
        RequestEvents answers = model.begin(requests, deadline);
        try {
            exchange.onGone(() -> answers.end(RequestFault.gone()));
            if (fields.stream()) {
                stream(answers, waitForPrompt);
            } else {
                follow(answers, (choice, text, scores) -> {});
                exchange.json(200, Json.line(whole(usage())));
            }
        } finally {
            model.end(answers, requests);
        }
    }

    /** Told of each piece of a text; the choice's finish is known with the last one. */
    @FunctionalInterface
    private interface Sink {
        void piece(Choice choice, String text, List<ScoredToken> scores) throws InterruptedException;
    }

    /** Follows the engine's events until all prompts are answered. */
    private void follow(RequestEvents answers, Sink sink) throws InterruptedException {
        int left = prompts.size();
        boolean first = true;
        while (left > 0) {
            switch (answers.next()) {
                case RequestEvents.Event.PromptScored scored -> {
                    for (int sample = 0; sample < fields.samples(); sample++) {
                        Choice choice = choice(scored.prompt(), sample);
                        choice.scorePrompt(scored.scores());
                        sink.piece(choice, "", List.of());
                    }
                }
                case RequestEvents.Event.Written written -> {
                    if (first) {
                        metrics.firstToken(System.nanoTime() - begun);
                        first = false;
                    }
                    Choice choice = choice(written.prompt(), written.sample());
                    String text = choice.append(written.id(), written.score());
                    sink.piece(choice, text, written.score() == null ? List.of() : List.of(written.score()));
                }
                case RequestEvents.Event.Ended ended -> {
                    Choice choice = choice(ended.prompt(), ended.sample());
                    sink.piece(choice, choice.end(ended.written().finish()), List.of());
                }
                case RequestEvents.Event.Completed _ -> left--;
                case RequestEvents.Event.Failed failed -> throw failed.fault();
            }
        }
    }

    private Choice choice(int prompt, int sample) {
        return choices.get(prompt * fields.samples() + sample);
    }

    private void stream(RequestEvents answers, boolean waitForPrompt) throws InterruptedException {
        exchange.beginEvents();
        try {
            if (!waitForPrompt) {
                for (Choice choice : choices) {
                    open(choice, answers);
                }
            }
            follow(answers, (choice, text, scores) -> {
                open(choice, answers);
                if (!text.isEmpty() || !scores.isEmpty() || choice.finish() != null) {
                    send(chunk(finished(shape.piece(choice, text, scores), choice)), answers);
                }
            });
            if (fields.includeUsage()) {
                ObjectNode last = envelope(shape.chunkObject());
                last.putArray("choices");
                last.set("usage", Json.MAPPER.valueToTree(usage()));
                send(last, answers);
            }
            exchange.event("[DONE]", answers.deadline());
        } catch (RequestFault e) {
            exchange.endEvents(e);
            return;
        }
        exchange.endEvents();
    }

    /** Opens a choice's stream if that hasn't been done. */
    private void open(Choice choice, RequestEvents answers) throws InterruptedException {
        if (opened.add(choice.index())) {
            ObjectNode opening = shape.opening(choice);
            if (opening != null) {
                send(chunk(finished(opening, choice)), answers);
            }
        }
    }

    private void send(ObjectNode json, RequestEvents answers) throws InterruptedException {
        if (!exchange.event(Json.line(json), answers.deadline())) {
            throw exchange.isGone()
                    ? RequestFault.gone()
                    : RequestFault.timedOut(model.limits().seconds());
        }
    }

    private ObjectNode whole(Usage usage) {
        ObjectNode json = envelope(shape.object());
        ArrayNode list = json.putArray("choices");
        choices.forEach(choice -> list.add(finished(shape.whole(choice), choice)));
        return json.set("usage", Json.MAPPER.valueToTree(usage));
    }

    private ObjectNode chunk(ObjectNode choice) {
        ObjectNode json = envelope(shape.chunkObject());
        json.putArray("choices").add(choice);
        return fields.includeUsage() ? json.putNull("usage") : json;
    }

    private static ObjectNode finished(ObjectNode json, Choice choice) {
        return json.put("index", choice.index()).put("finish_reason", choice.finish());
    }

    /** What every answer begins with; {@code seed} repeats it. */
    private ObjectNode envelope(String object) {
        return Json.MAPPER
                .createObjectNode()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", modelName)
                .put("seed", fields.seed());
    }

    private Usage usage() {
        return Usage.of(
                prompts.stream().mapToInt(prompt -> prompt.ids().length).sum(),
                choices.stream().mapToInt(Choice::tokens).sum());
    }
}
