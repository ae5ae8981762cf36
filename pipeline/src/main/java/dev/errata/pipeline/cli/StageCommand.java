package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.Stages;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** {@code STAGE CONFIG.yaml [key=value …]}: one stage of the loop alone, whichever it is. */
@picocli.CommandLine.Command
final class StageCommand implements Command {
    private final Stages.Listed stage;

    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, a run's folder, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    private String shard;

    private StageCommand(Stages.Listed stage) {
        this.stage = stage;
    }

    /** The command of a stage. */
    static CommandSpec of(Stages.Listed stage) {
        StageCommand command = new StageCommand(stage);
        CommandSpec spec = CommandSpec.forAnnotatedObject(command).name(stage.name());
        spec.usageMessage()
                .description(stage.description())
                .footer("", "Example:", "  errata " + stage.name() + " demo output=runs/demo");
        if (stage.isDivisible()) {
            spec.addOption(OptionSpec.builder("--shard")
                    .paramLabel("I/N")
                    .type(String.class)
                    .description("part I, from 0, of N; errata gather joins them")
                    .setter(new ISetter() {
                        @Override
                        @SuppressWarnings("unchecked")
                        public <T> T set(T value) {
                            T before = (T) command.shard;
                            command.shard = (String) value;
                            return before;
                        }
                    })
                    .build());
        }
        return spec;
    }

    @Override
    public void run(Session session) {
        OneStage.run(stage.name(), config, overrides, shard, session);
    }
}
