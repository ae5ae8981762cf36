package dev.errata.pipeline.filter;

import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Rows by their tokens: as many as come nearest to a number of trained tokens. Where there are too few, all come as often as
 * they fit whole, and then some of them once more.
 */
final class EqualTokens {
    private EqualTokens() {}

    /**
     * Chooses.
     *
     * @param arm keys the choice, together with the seed
     * @param rows at least one, or nothing is chosen
     * @param wanted trained tokens in all
     */
    static List<TrainingRow> of(
            String arm, List<TrainingRow> rows, long wanted, ToIntFunction<TrainingRow> tokens, long seed) {
        long once = rows.stream().mapToLong(tokens::applyAsInt).sum();
        if (once == 0) {
            return List.of();
        }
        List<TrainingRow> chosen = new ArrayList<>();
        long left = wanted;
        for (; left >= once; left -= once) {
            chosen.addAll(rows);
        }
        int[] order = Philox.permutation(seed, Philox.stream("rows for tokens", arm), rows.size());
        int count = 0;
        // One more row is taken while that comes nearer than to stop.
        while (count < order.length && 2 * left > tokens.applyAsInt(rows.get(order[count]))) {
            left -= tokens.applyAsInt(rows.get(order[count++]));
        }
        chosen.addAll(RowPool.chosen(rows, Arrays.copyOf(order, count)));
        return List.copyOf(chosen);
    }
}
