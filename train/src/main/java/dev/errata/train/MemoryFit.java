package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A training's memory plan against what a machine has.
 *
 * @param neededBytes the plan's total and what the program itself takes, or a device's driver
 * @param availableBytes of the machine, of the container that the program runs in, or of the device
 * @param changes of the config that would lower the need, the most effective first; empty where it fits
 */
public record MemoryFit(MemoryPlan plan, long neededBytes, long availableBytes, List<Change> changes) {
    /** A change that saves less is not worth naming. */
    private static final double WORTH = 0.95;

    private static final int NAMED = 3;

    /**
     * A change of a config.
     *
     * @param keys as on the command line, {@code micro_batch_size=2 gradient_accumulation_steps=8}
     * @param neededBytes with it
     */
    public record Change(String keys, long neededBytes) {}

    public boolean fits() {
        return neededBytes <= availableBytes;
    }

    /**
     * Plans a training on the longest rows that its config allows and, where it doesn't fit, what would help.
     *
     * @param path the model's, for the adapter's name
     */
    public static MemoryFit of(ModelConfig model, Path path, TrainSettings settings, MemoryBudget budget) {
        return of(
                settings, path, budget, settings.longestRow(), changed -> MemoryPlan.of(model, path, changed, budget));
    }

    /** The same for a training on the micro-batches that the settings make of its rows. */
    public static MemoryFit of(
            ModelConfig model,
            Path path,
            TrainSettings settings,
            MemoryBudget budget,
            Function<TrainSettings, PlannedBatches> batches) {
        return of(
                settings,
                path,
                budget,
                batches.apply(settings).longestRow(),
                changed -> MemoryPlan.of(model, path, changed, batches.apply(changed), budget));
    }

    private static MemoryFit of(
            TrainSettings settings,
            Path path,
            MemoryBudget told,
            int longestRow,
            Function<TrainSettings, MemoryPlan> planned) {
        MemoryBudget budget = told.within(settings);
        long availableBytes = budget.bytes();
        MemoryPlan plan = planned.apply(settings);
        long needed = plan.bytes().total() + budget.overhead();
        if (needed <= availableBytes) {
            return new MemoryFit(plan, needed, availableBytes, List.of());
        }
        List<Change> changes = new ArrayList<>();
        List<String> all = new ArrayList<>();
        boolean recomputesAll = plan.recomputedLayers() == plan.layerBytes().size();
        for (List<String> keys : candidates(settings, longestRow, recomputesAll)) {
            all.addAll(keys);
            changes.add(change(planned, budget, path, settings, keys));
        }
        smallerBatches(settings, longestRow).stream()
                .map(keys -> change(planned, budget, path, settings, keys))
                .filter(change -> change.neededBytes() <= availableBytes)
                .findFirst()
                .ifPresent(changes::add);
        changes.removeIf(change -> change.neededBytes() > WORTH * needed);
        changes.sort(Comparator.comparingLong(Change::neededBytes));
        boolean enough = !changes.isEmpty() && changes.getFirst().neededBytes() <= availableBytes;
        List<Change> named = new ArrayList<>(changes.subList(0, Math.min(NAMED, changes.size())));
        if (!enough && changes.size() > 1) {
            named.addFirst(change(planned, budget, path, settings, all));
        }
        return new MemoryFit(plan, needed, availableBytes, named);
    }

    private static Change change(
            Function<TrainSettings, MemoryPlan> planned,
            MemoryBudget budget,
            Path path,
            TrainSettings settings,
            List<String> keys) {
        ConfigTree tree = ConfigTree.of(ConfigText.yaml(settings), path).with(keys);
        TrainSettings changed = tree.bind(TrainSettings.class);
        return new Change(String.join(" ", keys), planned.apply(changed).bytes().total() + budget.overhead());
    }

    /** Micro-batches by halves, with as many rows in a step; that of one row is a candidate anyway. */
    private static List<List<String>> smallerBatches(TrainSettings settings, int longestRow) {
        List<List<String>> batches = new ArrayList<>();
        if (settings.microBatchTokens() != null) {
            for (int tokens = settings.microBatchTokens() / 2; tokens > longestRow; tokens /= 2) {
                batches.add(List.of("micro_batch_tokens=" + tokens));
            }
            return batches;
        }
        for (int size = settings.microBatchSize() / 2; size > 1; size /= 2) {
            if (settings.rowsPerStep() != null || settings.stepRows() % size == 0) {
                batches.add(microBatches(settings, size));
            }
        }
        return batches;
    }

    private static List<String> microBatches(TrainSettings settings, int size) {
        return settings.rowsPerStep() != null
                ? List.of("micro_batch_size=" + size)
                : List.of("micro_batch_size=" + size, "gradient_accumulation_steps=" + settings.stepRows() / size);
    }

    /** What can be changed without changing what is learnt by much. */
    private static List<List<String>> candidates(TrainSettings settings, int longestRow, boolean recomputesAll) {
        List<List<String>> candidates = new ArrayList<>();
        if (settings.microBatchTokens() == null && settings.microBatchSize() > 1) {
            candidates.add(microBatches(settings, 1));
        }
        if (settings.microBatchTokens() != null && settings.microBatchTokens() > longestRow) {
            candidates.add(List.of("micro_batch_tokens=" + longestRow));
        }
        if (!recomputesAll) {
            candidates.add(List.of("recompute=all"));
        }
        if (settings.quantization() == null && !settings.fullFineTuning()) {
            candidates.add(List.of("quantization={format: nf4}"));
        }
        if (settings.optimizer().name().equals("adamw")) {
            candidates.add(List.of("optimizer.name=adamw8bit"));
        }
        if (!settings.optimizer().paged()) {
            candidates.add(List.of("optimizer.paged=true"));
        }
        if (settings.fullFineTuning()) {
            candidates.add(List.of("full_fine_tuning=false", "lora={r: 8}"));
        }
        return candidates;
    }

    /**
     * Refuses a training that doesn't fit.
     *
     * @param where the config or the folder of the training
     */
    public void require(String where) {
        if (fits()) {
            return;
        }
        List<String> helps = new ArrayList<>();
        changes.forEach(change -> helps.add(change.keys() + " needs " + shown(change.neededBytes())));
        helps.add("shorter max_prompt_tokens and max_completion_tokens help too");
        throw new BadInputException(
                "training needs " + shown(neededBytes) + " of memory, there are " + shown(availableBytes),
                where,
                String.join("; ", helps));
    }

    /** As {@code 1.25 GiB}, and {@code 31.0 MiB} below one. */
    public static String shown(long bytes) {
        return bytes >= 1L << 30
                ? String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30))
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
    }
}
