package dev.errata.train;

import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
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
    /** Among so many micro-batches the largest are looked for. */
    private static final int SEEN = 1 << 14;

    /** Where rows aren't known: one micro-batch of rows as long as the config allows. */
    static PlannedBatches ofLongest(TrainSettings settings) {
        return ofLongest(settings, settings.microBatchSize());
    }

    /** The same for another number of rows. */
    static PlannedBatches ofLongest(TrainSettings settings, int rows) {
        int tokens = settings.maxPromptTokens() + settings.maxCompletionTokens();
        int[] labels = new int[tokens];
        Arrays.fill(labels, 0, settings.maxPromptTokens(), Example.IGNORED);
        Example longest = new Example(new int[tokens], labels);
        return new PlannedBatches(List.of(Collections.nCopies(rows, longest)), List.of(), tokens);
    }

    /**
     * Of a training on these rows: its first micro-batches, and the largest ones.
     *
     * @param examples at least one
     * @param validation may be empty
     */
    public static PlannedBatches of(
            TrainSettings settings, long seed, List<Example> examples, List<Example> validation) {
        int size = settings.microBatchSize();
        RowOrder order = new RowOrder(settings.order(), examples, settings.rowsPerStep(), seed);
        long rows = settings.steps() != null
                ? (long) settings.steps() * settings.rowsPerStep()
                : (long) settings.epochs() * examples.size();
        int count = Math.clamp(Math.ceilDiv(rows, (long) size), 1, Math.max(1, SEEN / size));
        List<List<Example>> batches = IntStream.range(0, count)
                .mapToObj(batch -> IntStream.range(0, size)
                        .mapToObj(row -> order.example((long) batch * size + row))
                        .toList())
                .toList();
        int longest = examples.stream()
                .mapToInt(example -> example.ids().length)
                .max()
                .orElseThrow();
        return new PlannedBatches(chosen(batches), chosen(batched(validation, size)), longest);
    }

    private static List<List<Example>> batched(List<Example> rows, int size) {
        List<List<Example>> batches = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += size) {
            batches.add(rows.subList(from, Math.min(rows.size(), from + size)));
        }
        return batches;
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
