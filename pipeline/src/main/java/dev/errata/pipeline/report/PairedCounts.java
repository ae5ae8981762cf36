package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import java.util.HashMap;
import java.util.List;

/**
 * How two arms do on the same problems, problem by problem.
 *
 * @param onlyFirst problems that only the first arm solves
 * @param onlySecond problems that only the second arm solves
 */
record PairedCounts(int both, int onlyFirst, int onlySecond, int neither) {

    /** Compares over the problems that both arms answered. */
    static PairedCounts of(List<Evaluation> first, List<Evaluation> second) {
        var solved = new HashMap<String, Boolean>();
        first.forEach(evaluation -> solved.put(evaluation.problemId(), evaluation.correct()));
        int[] counts = new int[4];
        for (Evaluation evaluation : second) {
            Boolean byFirst = solved.get(evaluation.problemId());
            if (byFirst != null) {
                counts[(byFirst ? 2 : 0) + (evaluation.correct() ? 1 : 0)]++;
            }
        }
        return new PairedCounts(counts[3], counts[2], counts[1], counts[0]);
    }

    int total() {
        return both + onlyFirst + onlySecond + neither;
    }

    /** Of the exact McNemar test. */
    double p() {
        return Statistics.mcNemar(onlyFirst, onlySecond);
    }
}
