package dev.errata.pipeline.config;

import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.train.binding.Binder;
import dev.errata.train.binding.Checked;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;
import dev.errata.train.binding.Spelling;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The config of {@code run} and of each stage.
 *
 * @param task how problems are read, asked, judged
 * @param model a model folder or a GGUF file
 * @param problems what is sampled and trained on
 * @param heldOut what is evaluated
 * @param output the folder of the run
 * @param seed from which every random choice of the run comes
 * @param prompt {@code plain}, {@code chat} or {@code alpaca}, for sampling, training and evaluation alike
 * @param date the day that a chat template takes for today
 * @param sample how paths are sampled
 * @param augment further solutions for the training rows; absent: none
 * @param correct who corrects the wrong ones
 * @param evolve new problems in the manner of the corrected ones; absent: none
 * @param filter how corrections become rows
 * @param arms what is trained, each on its rows
 * @param train how each arm is trained
 * @param choose which checkpoint of each arm is evaluated; absent: the last
 * @param eval how base and arms are evaluated
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
        AugmentConfig augment,
        @Default("{}") CorrectConfig correct,
        EvolveConfig evolve,
        @Default("{}") FilterConfig filter,
        @Default("[cot, lema]") List<ArmConfig> arms,
        @Required TrainSettings train,
        ChooseConfig choose,
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
        checkEightBits("sample.dtype", sample.dtype(), place);
        checkEightBits("eval.dtype", eval.dtype(), place);
        checkWriters(place);
        checkArms(place);
    }

    private void checkEightBits(String key, String dtype, Place place) {
        if ("int8".equals(dtype) && train.quantization() != null) {
            throw place.wrong(
                    key,
                    "is int8, which is for a GGUF file's own weights, and train.quantization replaces them",
                    "use f32 or bf16");
        }
    }

    /** Who writes further solutions and new problems is set up where correctors are. */
    private void checkWriters(Place place) {
        if (asks("openai") && correct.openai().model() == null) {
            throw place.wrong("correct.openai.model", "is missing", "name the endpoint's model");
        }
        if (evolve == null) {
            return;
        }
        if (evolve.from().equals("local") && correct.local() == null) {
            throw place.wrong("correct.local.model", "is missing", "name the model that writes new questions");
        }
        if (Tasks.named(task, "task").answers() != AnswerKind.NUMBER) {
            throw place.wrong("evolve", "asks for questions with a number as answer", "leave it out with " + task);
        }
        if (correct.corrector().equals("replay")) {
            throw place.wrong(
                    "evolve", "makes paths that no file of corrections can know", "take another corrector than replay");
        }
    }

    private void checkArms(Place place) {
        // Names are those of files, and not every file system tells capitals apart.
        long different = arms.stream()
                .map(arm -> arm.name().toLowerCase(Locale.ROOT))
                .distinct()
                .count();
        if (arms.isEmpty() || different < arms.size()) {
            throw place.wrong("arms", "is " + armNames(), "name at least one arm, each once");
        }
        Set<CorrectionPart> known = Tasks.named(task, "task").corrections().parts();
        for (int i = 0; i < arms.size(); i++) {
            List<String> parts = arms.get(i).parts();
            if (parts != null && Collections.disjoint(CorrectionPart.named(parts), known)) {
                throw place.wrong(
                        "arms[" + i + "].parts",
                        "is " + parts + ", which corrections of " + task + " don't have",
                        "name explanation or solution");
            }
            Set<String> passed = new LinkedHashSet<>();
            ArmConfig arm = arms.get(i);
            while (arm.like().isPresent()) {
                String like = arm.like().get();
                String key = "arms[" + i + "].tokens";
                if (!armNames().contains(like)) {
                    String guess = Spelling.nearest(like, armNames())
                            .map(found -> ", did you mean " + found)
                            .orElse("");
                    throw place.wrong(
                            key, "is like " + like + guess, "name one of the arms, " + String.join(", ", armNames()));
                }
                if (!passed.add(arm.name())) {
                    throw place.wrong(
                            key,
                            "leads back to where it began, " + String.join(" like ", passed) + " like " + arm.name(),
                            "leave tokens out of one of them");
                }
                arm = arm(like);
            }
        }
    }

    /**
     * In what texts are written.
     *
     * @param dtype as {@code sample} or {@code eval} name it; null: linear layers compute as in training, and what lies
     *     between them is f32
     */
    public Precision precision(String dtype) {
        if (dtype != null) {
            return Precision.named(dtype).orElseThrow();
        }
        return new Precision(train.dtype().equals("bf16") ? DType.BF16 : DType.F32, DType.F32, false);
    }

    /**
     * Whether one of those that are set up under {@code correct} writes anything in this run.
     *
     * @param writer {@code openai} or {@code local}
     */
    public boolean asks(String writer) {
        return correct.corrector().equals(writer)
                || (augment != null && augment.from().equals(writer))
                || (evolve != null && evolve.from().equals(writer));
    }

    /** The arms' names in their order. */
    public List<String> armNames() {
        return arms.stream().map(ArmConfig::name).toList();
    }

    /** The arm of this name, which is there. */
    public ArmConfig arm(String name) {
        return arms.stream().filter(arm -> arm.name().equals(name)).findFirst().orElseThrow();
    }

    /** The training of one arm: the loop's model, seed and prompt, with these rows and this output. */
    public TrainConfig training(String arm, Path rows, Path folder) {
        Integer steps = arm(arm).steps();
        TrainSettings settings = steps == null ? train : train.withSteps(steps);
        return new TrainConfig(
                model,
                List.of(rows),
                folder,
                seed,
                prompt,
                date,
                choose == null ? settings : settings.withAllResults());
    }
}
