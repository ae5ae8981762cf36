package dev.errata.pipeline.cli.model;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.ModelSource;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.train.MemoryPlan;
import dev.errata.train.config.ConfigTree;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Parameters;

/** {@code plan}: what a training would hold in memory, from shapes alone. */
@picocli.CommandLine.Command(
        name = "plan",
        description = "Parameters and memory of a training, before it starts; of the model its config.json is enough.",
        footer = {"", "Example:", "  errata plan configs/lema-llama2-70b-gsm8k.yaml"})
public final class PlanCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train or of run")
    private Path config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        Path model;
        TrainSettings settings;
        if (ConfigTree.read(config).root().has("train")) {
            LoopConfig loop = LoopConfig.read(config, overrides);
            model = loop.model();
            settings = loop.train();
        } else {
            TrainConfig train = TrainConfig.read(config, overrides);
            model = train.model();
            settings = train.settings();
        }
        MemoryPlan plan = MemoryPlan.of(shape(model), model, settings);
        session.result(plan, text(plan));
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
