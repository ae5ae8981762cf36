package dev.errata.model.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Which of a decoder's named adapters each of some packed rows goes through, as runs of rows one after another.
 *
 * @param runs that cover all rows
 */
public record AdapterRuns(List<Run> runs) {
    /** All rows go through what is attached to the decoder's layers without a name, if anything is. */
    public static final AdapterRuns NONE = new AdapterRuns(List.of());

    /**
     * Rows that follow each other.
     *
     * @param adapter its name, or null
     */
    public record Run(String adapter, int from, int count) {}

    /**
     * Of rows in groups; {@link #NONE} where none has an adapter.
     *
     * @param adapters the name for each group, or null
     * @param counts rows of each group
     */
    public static AdapterRuns of(List<String> adapters, List<Integer> counts) {
        if (adapters.stream().allMatch(Objects::isNull)) {
            return NONE;
        }
        List<Run> runs = new ArrayList<>();
        int row = 0;
        for (int group = 0; group < adapters.size(); group++) {
            String adapter = adapters.get(group);
            int count = counts.get(group);
            if (!runs.isEmpty() && Objects.equals(runs.getLast().adapter(), adapter)) {
                Run last = runs.removeLast();
                runs.add(new Run(adapter, last.from(), last.count() + count));
            } else if (count > 0) {
                runs.add(new Run(adapter, row, count));
            }
            row += count;
        }
        return new AdapterRuns(List.copyOf(runs));
    }

    boolean isNone() {
        return runs.isEmpty();
    }
}
