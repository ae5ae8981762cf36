package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.OutputFolder;
import dev.errata.pipeline.run.Trained;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Parameters;

/** {@code train CONFIG.yaml [key=value …]}: one training, whatever the data. */
@picocli.CommandLine.Command(
        name = "train",
        description = "Train an adapter or a model as a config says; run again, it continues.",
        footer = {"", "Example:", "  errata train configs/lora.yaml optimizer.learning_rate=2e-4 output=runs/lora"})
public final class TrainCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file")
    private Path config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        List<String> keys = new ArrayList<>();
        if (session.seed() != null) {
            keys.add("seed=" + session.seed());
        }
        keys.addAll(overrides);
        TrainConfig read = TrainConfig.read(config, keys);
        OutputFolder.require(read.output());
        Trained trained = session.engine().get().train(read, session.hardware(), session.progress(), session.stop());
        if (trained.already()) {
            session.progress().say("this training is finished already; choose another output to train anew");
        }
        session.result(
                trained,
                String.format(
                        Locale.ROOT,
                        "%d steps, last loss %.4f, result in %s",
                        trained.steps(),
                        trained.loss(),
                        trained.result()));
    }
}
