package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.train.StepRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How run B differs from run A.
 *
 * @param a the folder of the one
 * @param b the folder of the other
 * @param settings those that differ, by key
 * @param trainings those that both have, by name
 * @param arms those that both have evaluated, by name
 */
public record RunComparison(
        String a,
        String b,
        List<Setting> settings,
        SortedMap<String, Training> trainings,
        SortedMap<String, Arm> arms) {
    /** A key with another value; null where a run hasn't it. */
    public record Setting(String key, String a, String b) {}

    /**
     * Two trainings.
     *
     * @param stepsA that A has made
     * @param firstDivergingStep the first step whose loss, gradient norm, rate or target tokens differ; null where no step
     *     that both have made does
     * @param lossA of the last step that both have made; null where there is none
     */
    public record Training(int stepsA, int stepsB, Integer firstDivergingStep, Double lossA, Double lossB) {
        /** Whether neither is told from the other. */
        boolean same() {
            return firstDivergingStep == null && stepsA == stepsB;
        }
    }

    /**
     * An arm's answers to the problems that both runs have given it.
     *
     * @param problems how many: the same id, and the same question where both runs say it
     * @param correctA of these
     * @param gained ids of those that B solves and A doesn't
     * @param lost ids of those that A solves and B doesn't
     * @param p of the exact McNemar test
     */
    public record Arm(int problems, int correctA, int correctB, List<String> gained, List<String> lost, double p) {}

    /**
     * Compares.
     *
     * @param tolerance how far values of a step may lie apart, relative to the larger one, and count as equal; 0: not at all
     */
    public static RunComparison of(ComparedRun a, ComparedRun b, double tolerance) {
        SortedMap<String, Training> trainings = new TreeMap<>();
        a.trainings().forEach((name, steps) -> {
            List<StepRecord> others = b.trainings().get(name);
            if (others != null) {
                trainings.put(name, training(steps, others, tolerance));
            }
        });
        SortedMap<String, Arm> arms = new TreeMap<>();
        a.evaluations().forEach((name, answers) -> {
            List<Evaluation> others = b.evaluations().get(name);
            if (others != null) {
                arms.put(name, arm(answers, others, a.problems(), b.problems()));
            }
        });
        return new RunComparison(a.folder(), b.folder(), settings(a, b), trainings, arms);
    }

    private static List<Setting> settings(ComparedRun a, ComparedRun b) {
        var keys = new TreeSet<>(a.settings().keySet());
        keys.addAll(b.settings().keySet());
        List<Setting> different = new ArrayList<>();
        for (String key : keys) {
            String one = a.settings().get(key);
            String other = b.settings().get(key);
            if (one == null || !one.equals(other)) {
                different.add(new Setting(key, one, other));
            }
        }
        return different;
    }

    private static Training training(List<StepRecord> a, List<StepRecord> b, double tolerance) {
        int common = Math.min(a.size(), b.size());
        Integer diverging = null;
        for (int i = 0; i < common && diverging == null; i++) {
            if (!same(a.get(i), b.get(i), tolerance)) {
                diverging = a.get(i).step();
            }
        }
        return new Training(
                a.size(),
                b.size(),
                diverging,
                common == 0 ? null : Double.valueOf(a.get(common - 1).loss()),
                common == 0 ? null : Double.valueOf(b.get(common - 1).loss()));
    }

    private static boolean same(StepRecord a, StepRecord b, double tolerance) {
        return a.step() == b.step()
                && a.targetTokens() == b.targetTokens()
                && near(a.loss(), b.loss(), tolerance)
                && near(a.gradNorm(), b.gradNorm(), tolerance)
                && near(a.lr(), b.lr(), tolerance);
    }

    private static boolean near(double a, double b, double tolerance) {
        return a == b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
    }

    private static Arm arm(
            List<Evaluation> a, List<Evaluation> b, Map<String, Problem> problemsA, Map<String, Problem> problemsB) {
        Map<String, Evaluation> byId = new LinkedHashMap<>();
        b.forEach(each -> byId.put(each.problemId(), each));
        int problems = 0;
        int correctA = 0;
        int correctB = 0;
        List<String> gained = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        for (Evaluation one : a) {
            Evaluation other = byId.get(one.problemId());
            if (other == null || !sameQuestion(problemsA.get(one.problemId()), problemsB.get(one.problemId()))) {
                continue;
            }
            problems++;
            correctA += one.correct() ? 1 : 0;
            correctB += other.correct() ? 1 : 0;
            if (one.correct() != other.correct()) {
                (other.correct() ? gained : lost).add(one.problemId());
            }
        }
        double p = Statistics.mcNemar(gained.size(), lost.size());
        return new Arm(problems, correctA, correctB, List.copyOf(gained), List.copyOf(lost), p);
    }

    private static boolean sameQuestion(Problem a, Problem b) {
        return a == null || b == null || a.question().equals(b.question());
    }
}
