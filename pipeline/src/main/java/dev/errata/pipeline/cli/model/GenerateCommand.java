package dev.errata.pipeline.cli.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationListener;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.LogProbabilities;
import dev.errata.model.generate.OrderedResults;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.TextUntilStop;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code generate}: continues prompts, greedily or sampled. */
@picocli.CommandLine.Command(
        name = "generate",
        description = {
            "Continue prompts, given as texts, messages or ids.",
            "Without --json a single --prompt, or row on stdin, is answered with plain text as it is written."
        },
        footer = {
            "",
            "Examples:",
            "  errata generate --model MODEL --prompt 'Once upon a time' --temperature 0.7",
            "  errata generate --model MODEL --input prompts.jsonl --temperature 0.7 --top-p 0.95"
        })
public final class GenerateCommand implements Command {
    @Mixin
    private ModelOptions options = new ModelOptions();

    @Mixin
    private Prompts prompts = new Prompts();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "256", description = "at most so many (256)")
    private int maxNewTokens;

    @Option(names = "--stop", paramLabel = "S", description = "a text that ends the answer; may be given again")
    private List<String> stop = new ArrayList<>();

    @Option(names = "--batch-size", paramLabel = "B", defaultValue = "16", description = "texts at a time (16)")
    private int batchSize;

    @Option(names = "--logprobs", description = "the log-probability of each new id in rows")
    private boolean logProbabilities;

    @Mixin
    private DateOption date = new DateOption();

    /**
     * One answer.
     *
     * @param logprobs of the ids; null unless they were asked for
     */
    record Row(
            int[] ids,
            String text,
            String finish,
            @JsonInclude(JsonInclude.Include.NON_NULL) List<Double> logprobs) {}

    /** The answers to a row that says how many it wants. */
    record Rows(List<Row> samples) {}

    @Override
    public void run(Session session) {
        SamplingOptions.require(maxNewTokens >= 0, "--max-new-tokens", "give 0 or more");
        SamplingOptions.require(batchSize > 0, "--batch-size", "give 1 or more");
        SamplerSettings sampler = sampling.settings();
        prompts.check();
        TextOfModel text = new TextOfModel(options.model, date.date());
        try (OpenModel model = options.open(session);
                GenerationEngine engine = new GenerationEngine(
                        model.decoder(), model.keyValueRoom().within(EngineLimits.of(batchSize)))) {
            int vocabulary = model.decoder().config().vocabSize();
            List<Prompts.Prompt> read = prompts.read(text, vocabulary);
            Optional<ModelText> known = text.optional();
            if (!stop.isEmpty()) {
                text.required();
            }
            int[] forbidden = known.map(each -> each.idsWithoutText(vocabulary)).orElse(new int[0]);
            List<Integer> ends = model.decoder().config().eosTokenIds();
            List<GenerationRequest> requests = read.stream()
                    .map(prompt -> new GenerationRequest(
                                    prompt.ids(),
                                    sampler,
                                    maxNewTokens,
                                    conditions(prompt, known, ends),
                                    prompt.seed() == null ? session.seedOr(0) : prompt.seed())
                            .withForbidden(forbidden)
                            .withSamples(prompt.samples() == null ? 1 : prompt.samples())
                            .withLogProbabilities(new LogProbabilities(logProbabilities, false, 0)))
                    .toList();
            if (!session.json() && known.isPresent() && !logProbabilities && prompts.isOneText(read)) {
                stream(requests.getFirst(), engine, known.get(), session);
            } else {
                rows(read, requests, engine, known, session);
            }
        }
    }

    /** A text ends as texts of this model do, in the loop too; ids at the ids of its config. */
    private StopConditions conditions(Prompts.Prompt prompt, Optional<ModelText> known, List<Integer> ends) {
        if (known.isEmpty()) {
            return StopConditions.of(new HashSet<>(ends));
        }
        Set<Integer> ids =
                prompt.style() == null ? new HashSet<>(ends) : known.get().endIds(prompt.style(), ends);
        return known.get().stopConditions(ids, stop);
    }

    private void rows(
            List<Prompts.Prompt> read,
            List<GenerationRequest> requests,
            GenerationEngine engine,
            Optional<ModelText> known,
            Session session) {
        TokenRate rate = new TokenRate();
        try (Progress.Bar bar = session.progress().begin("generate", "rows", 0, requests.size())) {
            engine.generate(requests, new OrderedResults() {
                @Override
                public void answered(int place, GenerationResult result) {
                    List<Row> samples = result.samples().stream()
                            .map(each -> row(each, known))
                            .toList();
                    session.row(read.get(place).samples() == null ? samples.getFirst() : new Rows(samples));
                    bar.advance(1);
                }

                @Override
                public void stepped() {
                    rate.set(engine.status().newTokens());
                    bar.note(rate.toString());
                    bar.advance(0);
                }
            });
        }
    }

    private Row row(Generated written, Optional<ModelText> known) {
        String text = known.map(by -> by.text(written.ids(), stop)).orElse(null);
        List<Double> logs =
                written.scores().stream().map(ScoredToken::logProbability).toList();
        return new Row(written.ids(), text, written.finish().recordName(), logProbabilities ? logs : null);
    }

    /** One prompt's text on stdout as it comes; the same tokens as a row of a file gets. */
    private void stream(GenerationRequest request, GenerationEngine engine, ModelText known, Session session) {
        TextUntilStop text = known.textUntilStop(stop);
        TokenRate rate = new TokenRate();
        Streaming streaming = new Streaming(session, text);
        engine.submit(request, streaming);
        while (engine.step()) {
            rate.set(engine.status().newTokens());
        }
        if (streaming.failure != null) {
            throw streaming.failure;
        }
        session.out().println(text.finish());
        session.out().flush();
        session.progress()
                .say("generate: " + rate.tokens() + " tokens, " + rate + ", ended by "
                        + streaming.written.finish().recordName());
    }

    /** Prints the text of a sample as it comes. */
    private static final class Streaming implements GenerationListener {
        private final Session session;
        private final TextUntilStop text;
        private Generated written;
        private ErrataException failure;

        Streaming(Session session, TextUntilStop text) {
            this.session = session;
            this.text = text;
        }

        @Override
        public void written(int sample, int id, ScoredToken score) {
            session.out().print(text.append(id));
            session.out().flush();
        }

        @Override
        public void completed(GenerationResult result) {
            written = result.samples().getFirst();
        }

        @Override
        public void failed(ErrataException cause) {
            failure = cause;
        }
    }
}
