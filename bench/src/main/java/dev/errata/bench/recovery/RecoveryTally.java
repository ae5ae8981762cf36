package dev.errata.bench.recovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts points and keeps those that failed. */
final class RecoveryTally {
    private record Kind(String scenario, String disturbance) {}

    private final Map<Kind, int[]> counts = new LinkedHashMap<>();
    private final Map<String, Integer> scenarios = new LinkedHashMap<>();
    private final List<RecoveryResult.Failure> failures = new ArrayList<>();
    private final long begun = System.nanoTime();

    void scenario(CheckedScenario scenario) {
        scenarios.put(scenario.scenario().name(), scenario.operations());
    }

    void point(
            Scenario scenario,
            Disturbance disturbance,
            boolean inProcesses,
            CheckedScenario.Outcome outcome,
            String repeat) {
        int[] count = counts.computeIfAbsent(new Kind(scenario.name(), disturbance.text()), _ -> new int[3]);
        count[0]++;
        count[1] += inProcesses ? 1 : 0;
        if (!outcome.wrong().isEmpty()) {
            count[2]++;
            failures.add(new RecoveryResult.Failure(
                    scenario.name(), disturbance.text(), outcome.where(), outcome.wrong(), repeat));
        }
    }

    int failed() {
        return failures.size();
    }

    RecoveryResult result(long seed) {
        List<RecoveryResult.Row> rows = new ArrayList<>();
        counts.forEach((kind, count) ->
                rows.add(new RecoveryResult.Row(kind.scenario, kind.disturbance, count[1], count[0], count[2])));
        return new RecoveryResult(seed, (System.nanoTime() - begun) / 1_000_000_000, scenarios, rows, failures);
    }
}
