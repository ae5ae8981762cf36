package dev.errata.pipeline.cli.chat;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationListener;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.generate.Ticket;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.model.text.TextUntilStop;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Writes answers to conversations; what earlier turns have in common with this one is read once. */
final class Answerer {
    private final GenerationEngine engine;
    private final ModelText text;
    private final int[] forbidden;
    private final AtomicReference<Ticket> running = new AtomicReference<>();

    /**
     * What was written.
     *
     * @param finish {@code stop}, {@code length}, or {@code stopped} by the person
     */
    record Answer(String text, String finish, int tokens, double seconds) {}

    Answerer(GenerationEngine engine, ModelText text) {
        this.engine = engine;
        this.text = text;
        this.forbidden = text.idsWithoutText(config().vocabSize());
    }

    private ModelConfig config() {
        return engine.decoder().config();
    }

    /**
     * Writes the next answer.
     *
     * @param pieces told the text as it comes
     * @throws BadInputException if the conversation fills the model's context, or its template refuses it
     */
    Answer answer(List<Map<String, Object>> messages, ChatSettings settings, Consumer<String> pieces) {
        int[] prompt = text.chat(messages, true);
        int room = config().maxPositionEmbeddings() - prompt.length;
        if (room <= 0) {
            throw new BadInputException(
                    "the conversation fills the model's context of " + config().maxPositionEmbeddings() + " tokens",
                    "chat",
                    "begin anew with /reset");
        }
        int most = settings.maxNewTokens() == 0 ? room : Math.min(room, settings.maxNewTokens());
        GenerationRequest request = new GenerationRequest(
                        prompt,
                        settings.sampler(),
                        most,
                        text.stopConditions(text.endIds(PromptStyle.CHAT, config().eosTokenIds()), List.of()),
                        settings.seed())
                .withForbidden(forbidden);
        Writing writing = new Writing(text.textUntilStop(List.of()), pieces);
        long begun = System.nanoTime();
        running.set(engine.submit(request, writing));
        while (engine.step()) {
            // The listener takes the text.
        }
        running.set(null);
        return writing.answer((System.nanoTime() - begun) / 1e9);
    }

    /** Ends the answer that is being written, where it is; from any thread. */
    void stop() {
        Ticket ticket = running.get();
        if (ticket != null) {
            engine.cancel(ticket);
        }
    }

    private static final class Writing implements GenerationListener {
        private final TextUntilStop decoding;
        private final Consumer<String> pieces;
        private final StringBuilder whole = new StringBuilder();
        private int tokens;
        private String finish = "stopped";
        private ErrataException failure;

        Writing(TextUntilStop decoding, Consumer<String> pieces) {
            this.decoding = decoding;
            this.pieces = pieces;
        }

        @Override
        public void written(int sample, int id, ScoredToken score) {
            tokens++;
            add(decoding.append(id));
        }

        private void add(String piece) {
            whole.append(piece);
            pieces.accept(piece);
        }

        @Override
        public void ended(int sample, Generated written) {
            finish = written.finish().recordName();
        }

        @Override
        public void completed(GenerationResult result) {}

        @Override
        public void failed(ErrataException e) {
            failure = e;
        }

        Answer answer(double seconds) {
            if (failure != null) {
                throw failure;
            }
            add(decoding.finish());
            return new Answer(whole.toString(), finish, tokens, seconds);
        }
    }
}
