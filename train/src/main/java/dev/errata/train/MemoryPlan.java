package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.weights.ModelSource;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a training would hold, found by running its step on a device that computes nothing: the engine's own code, with shapes
 * alone.
 *
 * @param parameters of the model, without adapters
 * @param trainableParameters what the optimizer changes
 * @param recomputedLayers how many of the first layers are run again for their gradients
 * @param recomputedShare what that adds to the multiplications of a step, as a part of them
 * @param layerBytes what each layer keeps of the largest micro-batch for its gradients, its input included
 */
public record MemoryPlan(
        long parameters,
        long trainableParameters,
        int recomputedLayers,
        double recomputedShare,
        List<Long> layerBytes,
        Bytes bytes) {
    /** So many tokens of a micro-batch are laid out to plan it. */
    private static final int PLANNED_TOKENS = 1 << 19;

    /**
     * Bytes by what they are for.
     *
     * @param weights the frozen or trained model, with the rope tables
     * @param adapters LoRA matrices
     * @param gradients of what is trained
     * @param optimizer the optimizer's state in memory: all of it, or with paging what the budget leaves there
     * @param optimizerPages state in the page file or in the host's memory, not in the device's; 0 without paging or where all
     *     fit into the budget
     * @param activations what the largest micro-batch needs beside these, with what a pool of memory can't use
     * @param scratch the most that an operator takes for its own time
     * @param total the most that is taken from the system at a time
     */
    public record Bytes(
            long weights,
            long adapters,
            long gradients,
            long optimizer,
            long optimizerPages,
            long activations,
            long scratch,
            long total) {}

    /**
     * The plan where rows aren't known: of rows as long as the config allows.
     *
     * @param path the model's, for the adapter's name
     */
    public static MemoryPlan of(ModelConfig model, Path path, TrainSettings settings, MemoryBudget budget) {
        int tokens = PlannedBatches.longestRow(settings);
        int most = Math.max(2, Integer.highestOneBit(PLANNED_TOKENS / tokens));
        int rows = Math.min(MicroBatches.of(settings).rows(tokens), settings.stepRows());
        if (rows <= most) {
            return of(model, path, settings, PlannedBatches.ofLongest(settings), budget);
        }
        // It grows by the same with each further row, so that one of endless rows is told by two that are shorter.
        PlanRun run = new PlanRun(model, path, settings, budget);
        int recomputed = Recomputation.blocks(settings, model, tokens, hasBudget(settings, budget), count -> false);
        MemoryPlan atHalf = run.of(PlannedBatches.ofLongest(settings, most / 2), recomputed);
        MemoryPlan atMost = run.of(PlannedBatches.ofLongest(settings, most), recomputed);
        long each = (atMost.bytes().total() - atHalf.bytes().total()) / (most - most / 2);
        return atMost.withMore(each * (rows - most));
    }

    /**
     * The plan of a training on such micro-batches; of layers no more are recomputed than it takes to fit.
     *
     * @param path the model's, for the adapter's name
     */
    public static MemoryPlan of(
            ModelConfig model, Path path, TrainSettings settings, PlannedBatches batches, MemoryBudget budget) {
        PlanRun run = new PlanRun(model, path, settings, budget);
        int recomputed = recomputedBlocks(run, batches);
        Optional<MemoryPlan> fitting = budget.isOwn() ? run.within(batches, recomputed) : Optional.empty();
        return fitting.orElseGet(() -> run.of(batches, recomputed));
    }

    /** How many blocks a training recomputes on these rows. */
    static int recomputedBlocks(TrainConfig config, ModelSource source, String device, List<Example> examples) {
        TrainSettings settings = config.settings();
        MemoryBudget budget = MemoryBudget.of(device);
        PlannedBatches batches = PlannedBatches.of(settings, config.seed(), examples, List.of());
        PlanRun run = new PlanRun(source.config(), config.model(), settings, budget);
        return recomputedBlocks(run, batches);
    }

    private static int recomputedBlocks(PlanRun run, PlannedBatches batches) {
        return Recomputation.blocks(
                run.settings(),
                run.model(),
                batches.longestRow(),
                hasBudget(run.settings(), run.budget()),
                count -> run.within(batches.largest(), count).isPresent());
    }

    /** Whether recomputation goes by a budget: where one is told, and on a device whose memory is for nothing else. */
    private static boolean hasBudget(TrainSettings settings, MemoryBudget budget) {
        return settings.memory() != null || budget.isOwn();
    }

    private MemoryPlan withMore(long activations) {
        return new MemoryPlan(
                parameters,
                trainableParameters,
                recomputedLayers,
                recomputedShare,
                layerBytes,
                new Bytes(
                        bytes.weights(),
                        bytes.adapters(),
                        bytes.gradients(),
                        bytes.optimizer(),
                        bytes.optimizerPages(),
                        bytes.activations() + activations,
                        bytes.scratch(),
                        bytes.total() + activations));
    }
}
