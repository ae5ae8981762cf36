package dev.errata.bench.model;

import dev.errata.bench.measure.Measured;
import dev.errata.bench.measure.ResultOptions;
import dev.errata.bench.measure.Spread;
import dev.errata.bench.measure.TextTable;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.cli.model.ModelOptions;
import dev.errata.pipeline.cli.model.SamplingOptions;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench model}: tokens a second of reading prompts and of writing, as llama-bench has them. */
@picocli.CommandLine.Command(
        name = "model",
        description = {
            "Measure how fast a model reads prompts and writes, on random tokens.",
            "",
            "prompt reads so many tokens and chooses the one after them. generate writes so many after a prompt of --context",
            "tokens and the first token; tokens are chosen as the sampling options say, with generate's defaults, and none",
            "ends a sequence. Rates are those of all sequences of a batch together.",
            "",
            "Prompts are read 2048 tokens at a time, so larger batches of them are as fast: beside the first batch of the",
            "list only those with at most 4096 tokens are measured."
        },
        footer = {
            "",
            "Examples:",
            "  errata bench model --model MODEL --prompt 512 --generate 128 --threads 1,2 --greedy",
            "  errata bench model --model MODEL --prompt 0 --generate 128 --batch 8,32 --context 100 --temperature 0.7"
        })
public final class ModelBench implements Command.StartsOver {
    private static final int MOST_PROMPT_TOKENS = 4096;

    @Mixin
    private ModelOptions options = new ModelOptions();

    @Option(
            names = "--prompt",
            paramLabel = "N",
            split = ",",
            defaultValue = "512",
            description = "prompts of so many tokens; 0 for none (512)")
    private List<Integer> prompts;

    @Option(
            names = "--generate",
            paramLabel = "N",
            split = ",",
            defaultValue = "128",
            description = "so many new tokens; 0 for none (128)")
    private List<Integer> generate;

    @Option(
            names = "--context",
            paramLabel = "N",
            defaultValue = "1",
            description = "tokens of the prompt before the new ones of generate (1)")
    private int context;

    @Option(
            names = "--batch",
            paramLabel = "B",
            split = ",",
            defaultValue = "1",
            description = "so many sequences together (1)")
    private List<Integer> batches;

    @Option(names = "--repeat", paramLabel = "R", defaultValue = "5", description = "measured repetitions (5)")
    private int repeat;

    @Option(names = "--warmup", paramLabel = "R", defaultValue = "1", description = "repetitions before them (1)")
    private int warmup;

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private ResultOptions results = new ResultOptions();

    @Override
    public boolean takesSeveralThreadCounts() {
        return true;
    }

    @Override
    public void run(Session session) {
        require(prompts.stream().allMatch(n -> n >= 0), "--prompt", "give 0 or more");
        require(generate.stream().allMatch(n -> n >= 0), "--generate", "give 0 or more");
        require(context >= 1, "--context", "give 1 or more");
        require(batches.stream().allMatch(n -> n >= 1), "--batch", "give 1 or more");
        require(repeat >= 1, "--repeat", "give 1 or more");
        require(warmup >= 1, "--warmup", "give 1 or more: the first repetition compiles the program");
        results.check(session);
        SamplerSettings sampler = sampling.settings();
        List<ModelTest> tests = tests();
        if (tests.isEmpty()) {
            throw new BadInputException(
                    "nothing is to be measured", "--prompt and --generate are 0", "give one of them a length");
        }
        List<ModelRow> rows = new ArrayList<>();
        List<Integer> counts = ResultOptions.threadCounts(session);
        long total = (long) counts.size() * tests.size() * (warmup + repeat);
        try (Progress.Bar bar = session.progress().begin("bench model", "runs", 0, total)) {
            for (int threads : counts) {
                Hardware hardware = new Hardware(threads, session.hardware().device());
                try (OpenModel model = options.open(session, hardware)) {
                    for (ModelTest test : tests) {
                        rows.add(measure(test, model, threads, sampler, session, bar));
                    }
                }
            }
        }
        results.print(session, Measured.here(rows), table(rows), List.of());
    }

    private static void require(boolean right, String option, String remedy) {
        if (!right) {
            throw new BadInputException("value out of range", option, remedy);
        }
    }

    private List<ModelTest> tests() {
        List<ModelTest> tests = new ArrayList<>();
        for (int tokens : prompts) {
            for (int batch : batches) {
                boolean tellsMore = batch == batches.getFirst() || (long) batch * tokens <= MOST_PROMPT_TOKENS;
                if (tokens > 0 && tellsMore) {
                    tests.add(new ModelTest.Prompt(tokens, batch));
                }
            }
        }
        for (int tokens : generate) {
            for (int batch : batches) {
                if (tokens > 0) {
                    tests.add(new ModelTest.Generate(tokens, batch, context));
                }
            }
        }
        return tests;
    }

    private ModelRow measure(
            ModelTest test, OpenModel model, int threads, SamplerSettings sampler, Session session, Progress.Bar bar) {
        double first = 0;
        double[] rates = new double[repeat];
        for (int round = -warmup; round < repeat; round++) {
            session.stop().check();
            double rate = test.run(model.decoder(), sampler, session.seedOr(0), round + warmup);
            if (round == -warmup) {
                first = rate;
            }
            if (round >= 0) {
                rates[round] = rate;
            }
            bar.note(test.name() + " " + test.tokens() + " by " + test.batch() + " with " + threads + " threads "
                    + Spread.shown(rate) + " tokens/s");
            bar.advance(1);
        }
        return new ModelRow(
                options.model().getFileName().toString(),
                options.dtype(),
                model.decoder().backend().name(),
                test.name(),
                test.tokens(),
                test.batch(),
                test.context(),
                threads,
                described(sampler),
                repeat,
                Spread.of(rates),
                first);
    }

    /** As {@code temperature 0.7, top-p 0.95}. */
    private static String described(SamplerSettings sampler) {
        if (sampler.equals(SamplerSettings.GREEDY)) {
            return "greedy";
        }
        List<String> parts = new ArrayList<>();
        parts.add(sampler.temperature() == 0 ? "greedy" : "temperature " + sampler.temperature());
        if (sampler.topK() > 0) {
            parts.add("top-k " + sampler.topK());
        }
        if (sampler.topP() < 1) {
            parts.add("top-p " + sampler.topP());
        }
        if (sampler.minP() > 0) {
            parts.add("min-p " + sampler.minP());
        }
        if (sampler.repetitionPenalty() != 1) {
            parts.add("repetition penalty " + sampler.repetitionPenalty());
        }
        return String.join(", ", parts);
    }

    private static TextTable table(List<ModelRow> rows) {
        TextTable table = TextTable.of(
                "model",
                "dtype",
                "device",
                "#threads",
                "#batch",
                "test",
                "#context",
                "sampling",
                "#tokens/s",
                "#min",
                "#max",
                "#warm-up");
        for (ModelRow row : rows) {
            table.add(
                    row.model(),
                    row.dtype(),
                    row.device(),
                    row.threads(),
                    row.batch(),
                    (row.test().equals("prompt") ? "pp" : "tg") + row.tokens(),
                    row.context(),
                    row.sampling(),
                    row.tokensPerSecond().shownMedian(),
                    Spread.shown(row.tokensPerSecond().min()),
                    Spread.shown(row.tokensPerSecond().max()),
                    String.format(Locale.ROOT, "%s", Spread.shown(row.warmupTokensPerSecond())));
        }
        return table;
    }
}
