package dev.errata.pipeline.cli.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.cli.AnyConfig;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.config.EvalConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.SampleConfig;
import dev.errata.pipeline.run.PromptLengths;
import dev.errata.tensor.BadInputException;
import dev.errata.train.GenerationPlan;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.MicroBatchLimit;
import dev.errata.train.config.MemorySize;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plan}: what a training would hold in memory, from shapes alone. */
@picocli.CommandLine.Command(
        name = "plan",
        description = "Parameters and memory of a training, before it starts; of the model its config.json is enough.",
        footer = {
            "",
            "Examples:",
            "  errata plan configs/lema-llama2-70b-gsm8k.yaml",
            "  errata plan configs/lema-llama2-70b-gsm8k.yaml --device cuda --memory 80GB    (a GPU that needn't be here)"
        })
public final class PlanCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train or of run, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "the memory to plan for, as 24GB (default: what this machine, its container or the device has)")
    private String memory;

    /**
     * The plan and whether it fits.
     *
     * @param needed the plan's total and what the program itself takes
     * @param memory what it was compared with
     * @param largestMicroBatchTokens tokens that a micro-batch can have at most in that memory
     * @param changes what would lower the need, where it doesn't fit
     * @param generation the loop's stages that write texts, by their names; it takes the greatest of all stages
     */
    record Planned(
            @JsonUnwrapped MemoryPlan plan,
            boolean fits,
            long needed,
            long memory,
            int largestMicroBatchTokens,
            List<MemoryFit.Change> changes,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, GenerationPlan> generation) {}

    @Override
    public void run(Session session) {
        String device = session.hardware().device();
        MemoryBudget available = memory == null
                ? MemoryBudget.of(device)
                : MemoryBudget.of(device, MemorySize.parse(memory, "--memory"));
        switch (AnyConfig.read(config, overrides, session)) {
            case AnyConfig.OfTraining(var train) ->
                plan(train.model(), train.settings(), available, shape -> new TreeMap<>(), session);
            case AnyConfig.OfLoop(var loop) ->
                plan(loop.model(), loop.train(), available, shape -> generation(loop, shape, available), session);
        }
    }

    private static void plan(
            Path model,
            TrainSettings settings,
            MemoryBudget available,
            Function<ModelConfig, SortedMap<String, GenerationPlan>> stages,
            Session session) {
        ModelConfig shape = shape(model);
        MemoryFit fit = MemoryFit.of(shape, model, settings, available);
        int tokens = new MicroBatchLimit(shape, model, settings, available).tokens();
        SortedMap<String, GenerationPlan> generation = stages.apply(shape);
        long needed = Math.max(
                fit.neededBytes(),
                generation.values().stream()
                        .mapToLong(GenerationPlan::total)
                        .map(available::with)
                        .max()
                        .orElse(0));
        Planned planned = new Planned(
                fit.plan(),
                fit.fits() && needed <= available.bytes(),
                needed,
                fit.availableBytes(),
                tokens,
                fit.changes(),
                generation);
        session.result(planned, text(planned, settings, available.isOwn()));
    }

    private static SortedMap<String, GenerationPlan> generation(
            LoopConfig loop, ModelConfig shape, MemoryBudget available) {
        PromptLengths prompts = PromptLengths.of(loop);
        SampleConfig sample = loop.sample();
        EvalConfig eval = loop.eval();
        SortedMap<String, GenerationPlan> stages = new TreeMap<>();
        stages.put(
                "sample",
                generation(
                        loop,
                        shape,
                        sample.dtype(),
                        sample.limits(),
                        prompts.sample(),
                        sample.maxNewTokens(),
                        available));
        stages.put(
                "eval",
                generation(loop, shape, eval.dtype(), eval.limits(), prompts.eval(), eval.maxNewTokens(), available));
        return stages;
    }

    private static GenerationPlan generation(
            LoopConfig loop,
            ModelConfig shape,
            String dtype,
            EngineLimits limits,
            int prompt,
            int newTokens,
            MemoryBudget available) {
        return GenerationPlan.of(
                shape,
                loop.model(),
                loop.train().quantization(),
                loop.precision(dtype),
                limits,
                prompt,
                newTokens,
                available);
    }

    private static ModelConfig shape(Path model) {
        if (Files.isDirectory(model)) {
            return HuggingFaceConfig.read(model);
        }
        if (!Files.exists(model)) {
            throw new BadInputException(
                    "model is not there", model.toString(), "a folder with its config.json is enough for a plan");
        }
        try (ModelSource source = ModelSource.open(model)) {
            return source.config();
        }
    }

    private static String text(Planned planned, TrainSettings settings, boolean isDevice) {
        StringBuilder text = new StringBuilder(text(planned.plan(), settings));
        planned.generation()
                .forEach((stage, plan) -> text.append(String.format(
                        Locale.ROOT,
                        "%n%-13s%s  %s of it keys and values of %d texts, of up to %d + %d tokens each",
                        stage,
                        gibibytes(plan.total()),
                        MemoryFit.shown(plan.keysValues()),
                        plan.slots(),
                        plan.promptTokens(),
                        plan.newTokens())));
        text.append("\nneeded       ")
                .append(gibibytes(planned.needed()))
                .append(isDevice ? "  with the driver's context" : "  with the program itself");
        text.append("\nmemory       ").append(gibibytes(planned.memory()));
        text.append(planned.fits() ? "  fits" : "  does not fit");
        int tokens = planned.largestMicroBatchTokens();
        text.append("\nmicro-batch  ")
                .append(
                        tokens == 0
                                ? "not one row of " + settings.longestRow() + " tokens fits"
                                : String.format(Locale.ROOT, "%,15d tokens at most", tokens));
        planned.changes()
                .forEach(change -> text.append("\n  ")
                        .append(change.keys())
                        .append(" needs ")
                        .append(MemoryFit.shown(change.neededBytes())));
        return text.toString();
    }

    private static String text(MemoryPlan plan, TrainSettings settings) {
        MemoryPlan.Bytes bytes = plan.bytes();
        return String.join(
                "\n",
                "parameters   " + grouped(plan.parameters()),
                "trainable    " + grouped(plan.trainableParameters()),
                "weights      " + gibibytes(bytes.weights()),
                "adapters     " + gibibytes(bytes.adapters()),
                "gradients    " + gibibytes(bytes.gradients()),
                "optimizer    " + gibibytes(bytes.optimizer())
                        + (bytes.optimizerPages() == 0
                                ? ""
                                : "  in memory, of "
                                        + gibibytes(bytes.optimizerPages()).strip() + " in pages"),
                "activations  " + gibibytes(bytes.activations()) + "  one micro-batch of the longest rows, "
                        + settings.activations(),
                "             " + layers(plan),
                "scratch      " + gibibytes(bytes.scratch()) + "  of one operator",
                "total        " + gibibytes(bytes.total()));
    }

    /** As {@code 12 layers are run again backward (8 % more multiplications) and keep 70 MiB each, 20 layers keep 1 GiB each}. */
    private static String layers(MemoryPlan plan) {
        List<Long> kept = plan.layerBytes();
        int again = plan.recomputedLayers();
        List<String> parts = new ArrayList<>();
        if (again > 0) {
            parts.add(String.format(
                    Locale.ROOT,
                    "%d layers are run again backward (%.0f %% more multiplications) and keep %s each",
                    again,
                    100 * plan.recomputedShare(),
                    MemoryFit.shown(kept.getFirst())));
        }
        if (again < kept.size()) {
            parts.add(kept.size() - again + " layers keep " + MemoryFit.shown(kept.getLast()) + " each");
        }
        return String.join(", ", parts);
    }

    private static String grouped(long count) {
        return String.format(Locale.ROOT, "%15s", String.format(Locale.ROOT, "%,d", count));
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%11.3f GiB", bytes / (double) (1L << 30));
    }
}
