package dev.errata.pipeline.cli.model;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.train.data.Example;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One input row of {@code score}. Masked tokens don't exist for the model: only the live ones are run, at their own
 * positions.
 *
 * @param length tokens of the row, masked ones included
 * @param live places of the tokens whose attention_mask is 1, in order
 * @param example the live tokens with their labels and positions
 */
record ScoreRow(int length, int[] live, Example example) {
    /** Beyond this no model has positions. */
    private static final int POSITIONS = 1 << 24;

    static ScoreRow of(JsonRow row, int vocabulary) {
        row.allow("ids", "labels", "attention_mask", "position_ids");
        int[] ids = row.wholes("ids");
        int[] labels = row.wholesOrNull("labels");
        int[] mask = row.wholesOrNull("attention_mask");
        int[] positions = row.wholesOrNull("position_ids");
        requireLength(row, "labels", labels, ids.length);
        requireLength(row, "attention_mask", mask, ids.length);
        requireLength(row, "position_ids", positions, ids.length);
        int[] live = IntStream.range(0, ids.length)
                .filter(t -> mask == null || mask[t] != 0)
                .toArray();
        int[] liveIds = new int[live.length];
        int[] liveLabels = new int[live.length];
        int[] livePositions = new int[live.length];
        for (int i = 0; i < live.length; i++) {
            int t = live[i];
            liveIds[i] = within(row, "ids", ids[t], vocabulary);
            liveLabels[i] =
                    labels == null || labels[t] < 0 ? Example.IGNORED : within(row, "labels", labels[t], vocabulary);
            livePositions[i] = positions == null ? t : within(row, "position_ids", positions[t], POSITIONS);
        }
        int span = positions == null
                ? ids.length
                : 1 + Arrays.stream(positions).max().orElse(-1);
        return new ScoreRow(ids.length, live, new Example(liveIds, liveLabels, livePositions, span));
    }

    private static void requireLength(JsonRow row, String field, int[] values, int length) {
        if (values != null && values.length != length) {
            throw row.wrong(values.length + " " + field + " for " + length + " ids", "give as many as ids");
        }
    }

    private static int within(JsonRow row, String field, int value, int bound) {
        if (value < 0 || value >= bound) {
            throw row.wrong(
                    field + " holds " + value + ", which is not from 0 to " + (bound - 1), "use the model's own ids");
        }
        return value;
    }
}
