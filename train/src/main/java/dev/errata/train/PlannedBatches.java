package dev.errata.train;

import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import dev.errata.train.data.RowOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The micro-batches by which a training's memory is planned. Their order counts too: memory is cut by those that came
 * before.
 *
 * @param training as they are trained on
 * @param validation as they are validated on, after them
 * @param longestRow tokens of the longest row, which decides {@code recompute: auto}
 */
public record PlannedBatches(List<List<Example>> training, List<List<Example>> validation, int longestRow) {
    /** So many of the first micro-batches are planned, and as many of those with the most tokens or targets. */
    private static final int FIRST = 24;

    private static final int LARGEST = 8;
    /** Among the micro-batches of so many rows the largest are looked for. */
    private static final int SEEN = 1 << 14;

    /** Where rows aren't known: one micro-batch of rows as long as the config allows, as many as it holds. */
    static PlannedBatches ofLongest(TrainSettings settings) {
        int longest = longestRow(settings);
        int rows = Math.min(MicroBatches.of(settings).rows(longest), settings.stepRows());
        PlannedBatches whole = ofLongest(settings, rows);
        int left = settings.microBatchTokens() == null || rows == settings.stepRows()
                ? 0
                : settings.microBatchTokens() - rows * longest;
        if (left < 2) {
            return whole;
        }
        List<Example> filled = new ArrayList<>(whole.training().getFirst());
        filled.add(row(left, settings));
        return new PlannedBatches(List.of(filled), List.of(), longest);
    }

    /** The same for another number of rows. */
    static PlannedBatches ofLongest(TrainSettings settings, int rows) {
        int longest = longestRow(settings);
        return new PlannedBatches(List.of(Collections.nCopies(rows, row(longest, settings))), List.of(), longest);
    }

    /** Tokens of the longest row that a config allows. */
    static int longestRow(TrainSettings settings) {
        return settings.microBatchTokens() == null
                ? settings.longestRow()
                : Math.min(settings.longestRow(), settings.microBatchTokens());
    }

    private static Example row(int tokens, TrainSettings settings) {
        int[] labels = new int[tokens];
        Arrays.fill(labels, 0, Math.min(tokens - 1, settings.maxPromptTokens()), Example.IGNORED);
        return new Example(new int[tokens], labels);
    }

    /**
     * Of a training on these rows: its first micro-batches, and the largest ones.
     *
     * @param examples at least one
     * @param validation may be empty
     */
    public static PlannedBatches of(
            TrainSettings settings, long seed, List<Example> examples, List<Example> validation) {
        MicroBatches microBatches = MicroBatches.of(settings);
        int perStep = settings.stepRows();
        RowOrder order = new RowOrder(settings.order(), examples, perStep, seed);
        long steps = settings.steps() != null
                ? settings.steps()
                : Math.ceilDiv((long) settings.epochs() * examples.size(), (long) perStep);
        int seenOfStep = Math.min(perStep, Math.max(SEEN, microBatches.rows(1)));
        List<List<Example>> batches = IntStream.range(0, Math.clamp(SEEN / perStep, 1, (int) Math.min(steps, SEEN)))
                .mapToObj(step -> IntStream.range(0, seenOfStep)
                        .mapToObj(row -> order.example((long) step * perStep + row))
                        .toList())
                .flatMap(rows -> microBatches.split(rows).stream())
                .toList();
        int longest = examples.stream()
                .mapToInt(example -> example.ids().length)
                .max()
                .orElseThrow();
        return new PlannedBatches(chosen(batches), chosen(microBatches.split(validation)), longest);
    }

    /** Those that decide how much is needed: the largest by their tokens and by their targets, on both ends. */
    PlannedBatches largest() {
        return new PlannedBatches(mostOf(training), mostOf(validation), longestRow);
    }

    private static List<List<Example>> mostOf(List<List<Example>> batches) {
        return batches.stream()
                .max(Comparator.comparingLong(PlannedBatches::tokens))
                .map(batch -> List.of(
                        batch, Collections.max(batches, Comparator.comparingLong(PlannedBatches::targets)), batch))
                .orElse(List.of());
    }

    private static List<List<Example>> chosen(List<List<Example>> batches) {
        if (batches.size() <= FIRST) {
            return batches;
        }
        List<List<Example>> chosen = new ArrayList<>(batches.subList(0, FIRST));
        batches.stream()
                .sorted(Comparator.comparingLong(PlannedBatches::tokens).reversed())
                .limit(LARGEST)
                .forEach(chosen::add);
        batches.stream()
                .sorted(Comparator.comparingLong(PlannedBatches::targets).reversed())
                .limit(LARGEST)
                .forEach(chosen::add);
        return chosen;
    }

    private static long tokens(List<Example> batch) {
        return batch.stream().mapToLong(example -> example.ids().length).sum();
    }

    private static long targets(List<Example> batch) {
        return batch.stream().mapToLong(Example::targets).sum();
    }
}
