package dev.errata.pipeline.cli;

import dev.errata.pipeline.cli.model.DateOption;
import dev.errata.pipeline.cli.model.PrecisionOptions;
import dev.errata.pipeline.cli.model.SamplingOptions;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.eval.EvaluationSettings;
import dev.errata.pipeline.eval.Metric;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options of {@code eval TASK}. */
final class EvalOptions {
    /** As the loop's, so that a base model's next question doesn't count. */
    private static final List<String> STOP = List.of("\nQuestion:");

    private static final Set<Class<?>> PARTS =
            Set.of(EvalOptions.class, PrecisionOptions.class, SamplingOptions.class, DateOption.class);

    /** Of several samples where none is given: the loop's. */
    private static final double TEMPERATURE = 0.7;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "a folder with config.json and safetensors, or a .gguf file")
    private Path model;

    @Option(names = "--adapter", paramLabel = "ADAPTER", description = "PEFT's folder of an adapter")
    private Path adapter;

    @Option(names = "--input", paramLabel = "F.jsonl", description = "the problems, as published or as the loop's")
    private Path input;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "0",
            description = "the first N problems (default: all)")
    private int limit;

    @Option(
            names = "--few-shot",
            paramLabel = "K",
            defaultValue = "0",
            description = "worked examples before each question (0)")
    private int fewShot;

    @Option(
            names = "--examples",
            paramLabel = "F.jsonl",
            description = "problems with rationales; its last K are the examples (default: the task's own)")
    private Path examples;

    @Option(names = "--samples", paramLabel = "K", description = "texts for each problem (1)")
    private Integer samples;

    @Option(
            names = "--metric",
            paramLabel = "maj@K|pass@K",
            description = "how several samples count: their majority, or any right one (maj)")
    private String metric;

    @Option(
            names = "--prompt",
            paramLabel = "FORM",
            defaultValue = "plain",
            description = "plain, chat or alpaca (plain)")
    private String prompt;

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "512", description = "at most so many (512)")
    private int maxNewTokens;

    @Option(names = "--stop", paramLabel = "S", description = "a text that ends an answer; may be given again")
    private List<String> stop;

    @Mixin
    private PrecisionOptions computed = new PrecisionOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--batch-size", paramLabel = "B", defaultValue = "16", description = "texts at a time (16)")
    private int batchSize;

    @Mixin
    private DateOption date = new DateOption();

    @Option(
            names = "--output",
            paramLabel = "D",
            description = "a folder for the records; the same command continues there")
    private Path output;

    /** The folder for records, or null. */
    Path output() {
        return output;
    }

    /** Whether an option is one of these. */
    static boolean has(OptionSpec option) {
        return option.userObject() instanceof Field field && PARTS.contains(field.getDeclaringClass());
    }

    /**
     * What they say about a task.
     *
     * @throws BadInputException if one is missing, out of range, or doesn't go with another
     */
    EvaluationSettings settings(Task task, long seed) {
        if (model == null) {
            throw new BadInputException(
                    "--model is missing", "eval " + task.name(), "name a model folder or a .gguf file");
        }
        if (input == null) {
            throw new BadInputException(
                    "--input is missing, and nothing is downloaded",
                    "eval " + task.name(),
                    "get " + task.data().file() + " of " + task.data().page() + " and name it with --input");
        }
        Metric counted = counted();
        boolean several = counted.samples() > 1;
        SamplerSettings sampler = sampling.settings(several ? TEMPERATURE : 0);
        SamplingOptions.require(limit >= 0, "--limit", "give 1 or more");
        SamplingOptions.require(fewShot >= 0, "--few-shot", "give 0 or more");
        SamplingOptions.require(maxNewTokens > 0, "--max-new-tokens", "give 1 or more");
        SamplingOptions.require(batchSize > 0, "--batch-size", "give 1 or more");
        SamplingOptions.require(
                !several || !sampler.isGreedy(),
                "--temperature",
                "several samples need one above 0, or they are all the same");
        SamplingOptions.require(
                List.of("plain", "chat", "alpaca").contains(prompt), "--prompt", "give plain, chat or alpaca");
        SamplingOptions.require(examples == null || fewShot > 0, "--examples", "say with --few-shot how many to take");
        return new EvaluationSettings(
                task,
                model,
                adapter,
                computed.precision(),
                input,
                limit,
                fewShot,
                examples,
                counted,
                new TextSampling(sampler, maxNewTokens, or(stop, STOP)),
                prompt,
                date.date(),
                seed,
                batchSize);
    }

    private Metric counted() {
        SamplingOptions.require(or(samples, 1) > 0, "--samples", "give 1 or more");
        if (metric == null) {
            return new Metric(Metric.Kind.MAJ, or(samples, 1));
        }
        Metric named = Metric.parse(metric);
        if (samples != null && samples != named.samples()) {
            throw new BadInputException(
                    "--metric " + metric + " and --samples " + samples + " differ",
                    "the command line",
                    "give the same number, or one of the two");
        }
        return named;
    }

    private static <T> T or(T given, T absent) {
        return given == null ? absent : given;
    }
}
