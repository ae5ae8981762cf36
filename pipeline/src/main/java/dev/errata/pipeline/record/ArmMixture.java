package dev.errata.pipeline.record;

import java.util.List;
import java.util.SortedMap;

/**
 * What an arm is trained on, in figures: an entry of {@code filter/arms.json}. Tokens are those of the rows as training
 * reads them, with the prompt's form and the end token, before any is dropped as too long.
 *
 * @param rows how many
 * @param kinds how many of each kind: {@code cot}, {@code corrected}, {@code correction}, or what a file of one's own says
 * @param tokens those that are trained, of all completions; the paper counts these. Null where the engine can't tell.
 * @param promptTokens those that are read and not trained
 */
public record ArmMixture(int rows, SortedMap<String, Integer> kinds, Long tokens, Long promptTokens) {
    /**
     * The tokens of one row.
     *
     * @param trained of the completion
     */
    public record RowTokens(int prompt, int trained) {}

    /** Counts rows; {@code tokens} has one entry a row, or is null. */
    public static ArmMixture of(List<TrainingRow> rows, List<RowTokens> tokens) {
        SortedMap<String, Integer> kinds = new java.util.TreeMap<>();
        rows.forEach(row -> kinds.merge(row.kind(), 1, Integer::sum));
        return new ArmMixture(
                rows.size(),
                kinds,
                tokens == null
                        ? null
                        : Long.valueOf(
                                tokens.stream().mapToLong(RowTokens::trained).sum()),
                tokens == null
                        ? null
                        : Long.valueOf(
                                tokens.stream().mapToLong(RowTokens::prompt).sum()));
    }
}
