package dev.errata.bench.recovery;

import dev.errata.bench.measure.TextTable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code recovery-check} prints.
 *
 * @param seed of all that is random
 * @param seconds it took
 * @param scenarios by name, how many file operations each has undisturbed
 * @param rows points by scenario and disturbance
 * @param failures points at which something wasn't as promised
 */
record RecoveryResult(long seed, long seconds, Map<String, Integer> scenarios, List<Row> rows, List<Failure> failures) {
    /**
     * Points of one kind.
     *
     * @param processes points at which each command was a process of its own
     * @param points all of them
     */
    record Row(String scenario, String disturbance, int processes, int points, int failed) {}

    /**
     * A point.
     *
     * @param repeat the options that repeat it
     */
    record Failure(String scenario, String disturbance, String where, List<String> wrong, String repeat) {}

    int points() {
        return rows.stream().mapToInt(Row::points).sum();
    }

    String text() {
        TextTable table = TextTable.of("disturbance", "#points", "#in processes", "#failed");
        Map<String, int[]> kinds = new TreeMap<>();
        rows.forEach(row -> add(kinds.computeIfAbsent(row.disturbance, _ -> new int[3]), row));
        kinds.forEach((name, counts) -> table.add(name, counts[0], counts[1], counts[2]));
        TextTable runs = TextTable.of("scenario", "#file operations", "#points", "#in processes", "#failed");
        scenarios.forEach((name, operations) -> {
            int[] counts = new int[3];
            rows.stream().filter(row -> row.scenario.equals(name)).forEach(row -> add(counts, row));
            runs.add(name, operations, counts[0], counts[1], counts[2]);
        });
        StringBuilder text = new StringBuilder(runs.markdown())
                .append('\n')
                .append(table.markdown())
                .append('\n');
        text.append(points())
                .append(" points in ")
                .append(seconds)
                .append(" s, ")
                .append(failures.size())
                .append(" failed\n");
        for (Failure each : failures) {
            text.append(each.scenario)
                    .append(", ")
                    .append(each.disturbance)
                    .append(", ")
                    .append(each.where)
                    .append(": ");
            text.append(String.join("; ", each.wrong))
                    .append(" (")
                    .append(each.repeat)
                    .append(")\n");
        }
        return text.toString();
    }

    private static void add(int[] counts, Row row) {
        counts[0] += row.points;
        counts[1] += row.processes;
        counts[2] += row.failed;
    }
}
