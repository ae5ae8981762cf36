package dev.errata.pipeline.cli.model;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.cli.AnyConfig;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.config.MemorySize;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plan}: what a training would hold in memory, from shapes alone. */
@picocli.CommandLine.Command(
        name = "plan",
        description = "Parameters and memory of a training, before it starts; of the model its config.json is enough.",
        footer = {"", "Example:", "  errata plan configs/lema-llama2-70b-gsm8k.yaml"})
public final class PlanCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train or of run, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "the memory to plan for, as 24GB (default: what this machine or its container has)")
    private String memory;

    /**
     * The plan and whether it fits.
     *
     * @param needed the plan's total and what the program itself takes
     * @param memory what it was compared with
     * @param changes what would lower the need, where it doesn't fit
     */
    record Planned(
            @JsonUnwrapped MemoryPlan plan, boolean fits, long needed, long memory, List<MemoryFit.Change> changes) {}

    @Override
    public void run(Session session) {
        String device = session.hardware().device();
        MemoryBudget available = memory == null
                ? MemoryBudget.of(device)
                : MemoryBudget.of(device, MemorySize.parse(memory, "--memory"));
        MemoryFit fit = switch (AnyConfig.read(config, overrides, session)) {
            case AnyConfig.OfTraining(var train) -> of(train.model(), train.settings(), available);
            case AnyConfig.OfLoop(var loop) -> of(loop.model(), loop.train(), available);
        };
        Planned planned = new Planned(fit.plan(), fit.fits(), fit.neededBytes(), fit.availableBytes(), fit.changes());
        session.result(planned, text(fit));
    }

    private static MemoryFit of(Path model, TrainSettings settings, MemoryBudget available) {
        return MemoryFit.of(shape(model), model, settings, available);
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

    private static String text(MemoryFit fit) {
        StringBuilder text = new StringBuilder(text(fit.plan()));
        text.append("\nneeded       ").append(gibibytes(fit.neededBytes())).append("  with the program itself");
        text.append("\nmemory       ").append(gibibytes(fit.availableBytes()));
        text.append(fit.fits() ? "  fits" : "  does not fit");
        fit.changes()
                .forEach(change -> text.append("\n  ")
                        .append(change.keys())
                        .append(" needs ")
                        .append(MemoryFit.shown(change.neededBytes())));
        return text.toString();
    }

    private static String text(MemoryPlan plan) {
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
                "activations  " + gibibytes(bytes.activations()) + "  one micro-batch of the longest rows, f32",
                "total        " + gibibytes(bytes.total()));
    }

    private static String grouped(long count) {
        return String.format(Locale.ROOT, "%15s", String.format(Locale.ROOT, "%,d", count));
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%11.3f GiB", bytes / (double) (1L << 30));
    }
}
