package dev.errata.pipeline.config;

import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.train.config.Binder;
import dev.errata.train.config.Checked;
import dev.errata.train.config.ConfigTree;
import dev.errata.train.config.Default;
import dev.errata.train.config.OneOf;
import dev.errata.train.config.Place;
import dev.errata.train.config.Range;
import dev.errata.train.config.Required;
import dev.errata.train.config.Spelling;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/**
 * The config of {@code run} and of each stage.
 *
 * @param task how problems are read, asked, judged
 * @param problems what is sampled and trained on
 * @param heldOut what is evaluated
 * @param prompt {@code plain}, {@code chat} or {@code alpaca}, for sampling, training and evaluation alike
 * @param date the day that a chat template takes for today
 * @param arms {@code cot}, {@code lema} or both
 */
public record LoopConfig(
        @Default("gsm8k") String task,

        @Required Path model,
        @Required Path problems,
        @Required Path heldOut,
        @Required Path output,
        @Default("0") @Range(min = 0) long seed,

        @Default("plain") @OneOf({"plain", "chat", "alpaca"})
        String prompt,

        @Default(TrainConfig.DATE) LocalDate date,
        @Default("{}") SampleConfig sample,
        @Default("{}") CorrectConfig correct,
        @Default("{}") FilterConfig filter,
        @Default("[cot, lema]") @OneOf({"cot", "lema"}) List<String> arms,
        @Required TrainSettings train,
        @Default("{}") EvalConfig eval)
        implements Checked {
    private static final List<String> OF_THE_LOOP = List.of("model", "data", "output", "seed", "prompt", "date");

    /** Reads and binds a config file with overrides of the form {@code key=value} from the command line. */
    public static LoopConfig read(Path file, List<String> overrides) {
        ConfigTree tree = ConfigTree.read(file).with(overrides);
        for (String key : OF_THE_LOOP) {
            if (tree.root().path("train").has(key)) {
                throw new BadInputException(
                        "key train." + key + " belongs to the loop itself",
                        tree.originOf("train." + key),
                        "leave it out, "
                                + (key.equals("data") ? "the filter makes the rows" : "set " + key + " instead"));
            }
        }
        return Binder.bind(tree, LoopConfig.class);
    }

    @Override
    public void check(Place place) {
        if (Tasks.find(task).isEmpty()) {
            String guess = Spelling.nearest(task, Tasks.names())
                    .map(found -> ", did you mean " + found)
                    .orElse("");
            throw place.wrong("task", "is " + task + guess, "use one of " + String.join(", ", Tasks.names()));
        }
        if (arms.isEmpty() || arms.stream().distinct().count() != arms.size()) {
            throw place.wrong("arms", "is " + arms, "name cot, lema or both, each once");
        }
    }

    /** In what texts are written: linear layers compute as in training, and what lies between them is f32. */
    public Precision precision() {
        return new Precision(train.dtype().equals("bf16") ? DType.BF16 : DType.F32, DType.F32, false);
    }

    /** The training of one arm: the loop's model, seed and prompt, with these rows and this output. */
    public TrainConfig training(Path rows, Path folder) {
        return new TrainConfig(model, List.of(rows), folder, seed, prompt, date, train);
    }
}
