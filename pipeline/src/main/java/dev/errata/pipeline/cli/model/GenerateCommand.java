package dev.errata.pipeline.cli.model;

import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationSettings;
import dev.errata.model.generate.Generator;
import dev.errata.model.generate.PromptTokens;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.TextUntilStop;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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

    @Option(names = "--batch-size", paramLabel = "B", defaultValue = "16", description = "rows at a time (16)")
    private int batchSize;

    @Option(
            names = "--date",
            paramLabel = "YYYY-MM-DD",
            defaultValue = "2024-07-26",
            description = "the day that a chat template takes for today (2024-07-26)")
    private LocalDate date;

    /** One output row. */
    record Row(int[] ids, String text, String finish) {}

    @Override
    public void run(Session session) {
        SamplingOptions.require(maxNewTokens >= 0, "--max-new-tokens", "give 0 or more");
        SamplingOptions.require(batchSize > 0, "--batch-size", "give 1 or more");
        SamplerSettings sampler = sampling.settings();
        prompts.check();
        TextOfModel text = new TextOfModel(options.model, date);
        try (OpenModel model = options.open(session)) {
            int vocabulary = model.decoder().config().vocabSize();
            List<int[]> tokens = prompts.tokens(text, vocabulary);
            Optional<ModelText> known = text.optional();
            GenerationSettings settings = new GenerationSettings(
                    maxNewTokens,
                    sampler,
                    stop,
                    new HashSet<>(model.decoder().config().eosTokenIds()),
                    known.map(each -> each.idsWithoutText(vocabulary)).orElse(new int[0]),
                    session.seedOr(0));
            Generator.StopRule rule =
                    stop.isEmpty() ? (ids, count) -> false : text.required().stopRule(stop);
            Generator generator = new Generator(model.decoder());
            if (!session.json() && known.isPresent() && prompts.isOneText(tokens.size())) {
                stream(tokens.getFirst(), generator, settings, rule, known.get(), session);
            } else {
                rows(tokens, generator, settings, rule, known, session);
            }
        }
    }

    private void rows(
            List<int[]> tokens,
            Generator generator,
            GenerationSettings settings,
            Generator.StopRule rule,
            Optional<ModelText> known,
            Session session) {
        TokenRate rate = new TokenRate();
        try (Progress.Bar bar = session.progress().begin("generate", "rows", 0, tokens.size())) {
            for (int from = 0; from < tokens.size(); from += batchSize) {
                int to = Math.min(tokens.size(), from + batchSize);
                List<PromptTokens> batch = new ArrayList<>();
                List<Generator.StopRule> rules = new ArrayList<>();
                for (int row = from; row < to; row++) {
                    batch.add(new PromptTokens(tokens.get(row), Philox.stream("generate", row)));
                    rules.add(rule);
                }
                List<Generated> written = generator.generate(batch, settings, rules, (prompt, id) -> {
                    rate.add();
                    bar.note(rate.toString());
                    bar.advance(0);
                });
                for (Generated each : written) {
                    String text = known.map(by -> by.text(each.ids(), stop)).orElse(null);
                    session.row(new Row(each.ids(), text, each.finish().recordName()));
                }
                bar.advance(to - from);
            }
        }
    }

    /** One prompt's text on stdout as it comes; the same tokens as the first row of a file gets. */
    private void stream(
            int[] prompt,
            Generator generator,
            GenerationSettings settings,
            Generator.StopRule rule,
            ModelText known,
            Session session) {
        TextUntilStop text = known.textUntilStop(stop);
        TokenRate rate = new TokenRate();
        List<PromptTokens> batch = List.of(new PromptTokens(prompt, Philox.stream("generate", 0)));
        List<Generated> written = generator.generate(batch, settings, List.of(rule), (row, id) -> {
            rate.add();
            session.out().print(text.append(id));
            session.out().flush();
        });
        session.out().println(text.finish());
        session.out().flush();
        session.progress()
                .say("generate: " + rate.tokens() + " tokens, " + rate + ", ended by "
                        + written.getFirst().finish().recordName());
    }
}
