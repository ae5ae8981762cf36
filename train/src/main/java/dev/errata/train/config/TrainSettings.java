package dev.errata.train.config;

import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * How to train, whatever on: the keys that {@code train} and the loop's {@code train:} block share.
 *
 * @param adapter start from this adapter; null: a new one
 * @param dtype what linear layers multiply in
 * @param activations what lies between operators
 * @param quantization null: weights as they are
 * @param lora null with full fine-tuning, or when an adapter brings its own settings
 * @param fullFineTuning all weights instead of an adapter
 * @param steps optimizer steps; null when {@code epochs} is given
 * @param epochs passes over the rows; null when {@code steps} is given
 * @param microBatchSize rows of a micro-batch; null where {@code microBatchTokens} is given
 * @param microBatchTokens tokens of a micro-batch at most; null: it goes by rows
 * @param gradientAccumulationSteps micro-batches of a step, where {@code rowsPerStep} is null
 * @param rowsPerStep rows of a step; null: those of the micro-batches
 * @param optimizer which one, and its settings
 * @param schedule the learning rate over the steps
 * @param order in which order rows come; {@code sequential} wraps around
 * @param checkpointEvery steps from one checkpoint to the next
 * @param keepCheckpoints how many of the last checkpoints stay
 * @param keepResults {@code all}: the adapter or model of each checkpoint stays too, in {@code checkpoints/step-N}
 * @param recompute which blocks are run again for their gradients; {@code auto} goes by {@code memory}
 * @param memory as {@code 80GB}: what may be taken in all; null: what there is
 * @param maxPromptTokens tokens of a prompt at most
 * @param maxCompletionTokens tokens of a completion at most
 * @param tooLong what is done with longer rows; {@code drop} counts and reports them
 * @param validation rows whose loss is measured at each checkpoint; null: none
 * @param assistant whether every turn of the assistant is trained or the last of each row alone
 * @param ignore fields of rows and of their messages to pass over
 * @param onOutlier what is done with a step whose loss or gradient norm lies far above the steps before
 */
public record TrainSettings(
        Path adapter,
        @Default("f32") @OneOf({"f32", "bf16"}) String dtype,
        @Default("f32") @OneOf({"f32", "bf16"}) String activations,
        QuantizationConfig quantization,
        LoraConfig lora,
        @Default("false") boolean fullFineTuning,
        @Range(min = 1) Integer steps,
        @Range(min = 1) Integer epochs,
        @Range(min = 1) Integer microBatchSize,
        @Range(min = 1) Integer microBatchTokens,
        @Default("1") @Range(min = 1) int gradientAccumulationSteps,
        @Range(min = 1) Integer rowsPerStep,
        @Default("{}") OptimizerConfig optimizer,
        @Default("{}") ScheduleConfig schedule,

        @Default("sequential") @OneOf({"sequential", "shuffled", "length_grouped"})
        String order,

        @Default("50") @Range(min = 1) int checkpointEvery,
        @Default("2") @Range(min = 1) int keepCheckpoints,
        @Default("last") @OneOf({"last", "all"}) String keepResults,
        @Default("auto") @OneOf({"none", "all", "auto"}) String recompute,
        String memory,
        @Default("512") @Range(min = 1) int maxPromptTokens,
        @Default("512") @Range(min = 1) int maxCompletionTokens,
        @Default("error") @OneOf({"error", "drop"}) String tooLong,
        Validation validation,
        @Default("all") @OneOf({"all", "last"}) String assistant,
        @Default("[]") List<String> ignore,
        @Default("warn") @OneOf({"warn", "skip", "stop"}) String onOutlier)
        implements Checked {
    /** Fields that can change what is trained. */
    private static final Set<String> READ = Set.of(
            "ids",
            "labels",
            "messages",
            "conversations",
            "instruction",
            "input",
            "output",
            "prompt",
            "completion",
            "role",
            "content",
            "from",
            "value",
            "tool_calls",
            "train",
            "weight");

    private static final String ALL_RESULTS = "all";
    private static final int MICRO_BATCH_SIZE = 4;
    private static final double LORA_LEARNING_RATE = 2e-4;
    private static final double FULL_LEARNING_RATE = 1e-5;

    /** Fills in the learning rate and the micro-batches that a config leaves out. */
    public TrainSettings {
        if (microBatchSize == null && microBatchTokens == null) {
            microBatchSize = MICRO_BATCH_SIZE;
        }
        if (optimizer.learningRate() == null) {
            optimizer = optimizer.withLearningRate(fullFineTuning ? FULL_LEARNING_RATE : LORA_LEARNING_RATE);
        }
    }

    /** How many rows a step takes: as told, or as many as its micro-batches have. */
    public int stepRows() {
        return rowsPerStep != null ? rowsPerStep : Math.toIntExact(accumulatedRows());
    }

    private long accumulatedRows() {
        return (long) (microBatchSize == null ? MICRO_BATCH_SIZE : microBatchSize) * gradientAccumulationSteps;
    }

    /** Tokens of the longest row that a config allows. */
    public int longestRow() {
        return maxPromptTokens + maxCompletionTokens;
    }

    /** The same with so many steps in place of its own or of epochs. */
    public TrainSettings withSteps(int count) {
        return with(count, null, keepResults);
    }

    /** The same with the adapter or model of each checkpoint kept. */
    public TrainSettings withAllResults() {
        return with(steps, epochs, ALL_RESULTS);
    }

    /** Whether the adapter or model of each checkpoint is kept. */
    public boolean keepsAllResults() {
        return keepResults.equals(ALL_RESULTS);
    }

    private TrainSettings with(Integer steps, Integer epochs, String keepResults) {
        return new TrainSettings(
                adapter,
                dtype,
                activations,
                quantization,
                lora,
                fullFineTuning,
                steps,
                epochs,
                microBatchSize,
                microBatchTokens,
                gradientAccumulationSteps,
                rowsPerStep,
                optimizer,
                schedule,
                order,
                checkpointEvery,
                keepCheckpoints,
                keepResults,
                recompute,
                memory,
                maxPromptTokens,
                maxCompletionTokens,
                tooLong,
                validation,
                assistant,
                ignore,
                onOutlier);
    }

    @Override
    public void check(Place place) {
        if (steps == null && epochs == null) {
            throw place.wrong("steps", "is missing, and so is epochs", "give one of them");
        }
        if (steps != null && epochs != null) {
            throw place.wrong("epochs", "is given beside steps", "give one of them");
        }
        checkRows(place);
        if (memory != null) {
            MemorySize.parse(memory, "memory");
        }
        for (String name : ignore) {
            if (READ.contains(name)) {
                throw place.wrong("ignore", "names " + name + ", which rows are read by", "leave it out");
            }
        }
        if (fullFineTuning && (lora != null || adapter != null)) {
            throw place.wrong(
                    "full_fine_tuning",
                    "is true beside " + (lora != null ? "lora" : "adapter"),
                    "leave one of the two out");
        }
        if (fullFineTuning && quantization != null) {
            throw place.wrong("full_fine_tuning", "is true beside quantization", "leave one of the two out");
        }
        if (!fullFineTuning && lora == null && adapter == null) {
            throw place.wrong("lora", "is missing", "add lora, adapter or full_fine_tuning");
        }
    }

    private void checkRows(Place place) {
        if (microBatchSize != null && microBatchTokens != null) {
            throw place.wrong(
                    "micro_batch_tokens",
                    "is given beside micro_batch_size",
                    "give one of them; micro_batch_size=null takes the other out");
        }
        if (rowsPerStep != null && gradientAccumulationSteps != 1) {
            throw place.wrong("rows_per_step", "is given beside gradient_accumulation_steps", "give one of them");
        }
        if (rowsPerStep == null && accumulatedRows() > Integer.MAX_VALUE) {
            throw place.wrong(
                    "gradient_accumulation_steps",
                    "times micro_batch_size is " + accumulatedRows() + " rows in a step",
                    "make one of the two smaller");
        }
    }
}
