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

    /**
     * The two-sided p of the exact McNemar test: among the problems that only one arm solves, each arm is as likely as
     * the other to be that one, so the counts are binomial with one half.
     */
    double p() {
        int n = onlyFirst + onlySecond;
        int fewer = Math.min(onlyFirst, onlySecond);
        double logTerm = -n * Math.log(2); // log of C(n, k) / 2^n, which underflows as a plain double for n > 1074
        double tail = 0;
        for (int k = 0; k <= fewer; k++) {
            tail += Math.exp(logTerm);
            logTerm += Math.log(n - k) - Math.log(k + 1);
        }
        return Math.min(1, 2 * tail);
    }
}
