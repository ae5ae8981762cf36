package dev.errata.pipeline.cli;

import dev.errata.pipeline.engine.Trained;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Parameters;

/** {@code train CONFIG.yaml [key=value …]}: one training, whatever the data. */
@picocli.CommandLine.Command(
        name = "train",
        description = {
            "Train an adapter or a model as a config says; run again, it continues.",
            "configs/lora.yaml and configs/qlora.yaml work on any instruct model; errata configs lists more."
        },
        footer = {"", "Example:", "  errata train configs/lora.yaml model=DIR data=rows.jsonl output=runs/lora"})
public final class TrainCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file")
    private Path config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        TrainConfig read = AnyConfig.training(config, overrides, session);
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
        session.progress().say("next:");
        NextCommands.of(read, trained.result())
                .forEach(line -> session.progress().say("  " + line));
    }
}
