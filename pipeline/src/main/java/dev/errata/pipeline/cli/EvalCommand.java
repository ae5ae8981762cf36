package dev.errata.pipeline.cli;

import dev.errata.pipeline.eval.EvaluationResult;
import dev.errata.pipeline.eval.EvaluationSettings;
import dev.errata.pipeline.eval.TaskEvaluation;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code eval TASK --model M}: a model on a task's problems; {@code eval CONFIG.yaml [key=value …]}: this stage of the loop. */
@picocli.CommandLine.Command(
        name = "eval",
        description = {
            "Evaluate a model on a task: gsm8k, svamp, asdiv, mawps, math, csqa or aqua.",
            "With a config or a run's folder: evaluate the base and the arms on the held-out problems. A task's name wins over a file's."
        },
        footer = {
            "",
            "Examples:",
            "  errata eval gsm8k --model MODEL --input test.jsonl.gz --limit 200 --few-shot 4 --output runs/gsm8k",
            "  errata eval math --model MODEL --adapter runs/mine/adapter --input test.jsonl --prompt chat --metric maj@8",
            "  errata eval demo output=runs/demo"
        })
public final class EvalCommand implements Command {
    @Parameters(
            index = "0",
            paramLabel = "TASK|CONFIG",
            description = "a task's name; or a YAML file, a run's folder, or demo")
    private String named;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Mixin
    private EvalOptions options = new EvalOptions();

    @Option(names = "--shard", paramLabel = "I/N", description = "part I, from 0, of N; errata gather joins them")
    private String shard;

    @Spec
    private CommandSpec spec;

    @Override
    public void run(Session session) {
        Optional<Task> task = Tasks.find(named);
        if (task.isPresent()) {
            alone(task.get(), session);
            return;
        }
        if (!named.equals("demo") && !Files.exists(Path.of(named))) {
            Tasks.named(named, "eval, where no file " + named + " is either");
        }
        Optional<OptionSpec> given = spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(EvalOptions::has)
                .findFirst();
        if (given.isPresent()) {
            throw new BadInputException(
                    "option " + given.get().longestName() + " goes with a task's name, and " + named + " is none",
                    "eval",
                    "give a task, or set keys of the config as key=value");
        }
        OneStage.run("eval", named, overrides, shard, session);
    }

    private void alone(Task task, Session session) {
        if (!overrides.isEmpty()) {
            throw new BadInputException(
                    "unexpected argument " + overrides.getFirst(), "eval " + task.name(), "see errata eval --help");
        }
        EvaluationSettings settings = options.settings(task, session.seedOr(0));
        WorkShard part = shard == null ? WorkShard.WHOLE : WorkShard.parse(shard);
        if (!part.isWhole() && options.output() == null) {
            throw new BadInputException("a shard without a folder", "--output", "name one for its records");
        }
        EvaluationResult result = TaskEvaluation.run(settings, options.output(), part, session.surroundings());
        session.result(result, EvaluationTable.of(result, settings));
    }
}
