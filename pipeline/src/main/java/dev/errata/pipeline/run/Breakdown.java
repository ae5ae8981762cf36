package dev.errata.pipeline.run;

import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.report.Statistics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The arms' accuracies by kinds of problems. */
final class Breakdown {
    /** Numbers by their size, then words. */
    private static final Comparator<String> ORDER =
            Comparator.comparingInt(Breakdown::number).thenComparing(Comparator.naturalOrder());

    private Breakdown() {}

    private static int number(String kind) {
        return kind.matches("\\d{1,9}") ? Integer.parseInt(kind) : Integer.MAX_VALUE;
    }

    /** How hard a problem is, in its data set's words; null where it doesn't say. */
    static String level(Problem problem) {
        return problem.level();
    }

    /** How many steps a problem's solution takes: as its data set counts them, or those of the annotation; null for neither. */
    static String steps(Problem problem) {
        if (problem.steps() != null) {
            return problem.steps().toString();
        }
        return problem.rationale() == null
                ? null
                : Integer.toString(Steps.of(problem.rationale()).size());
    }

    /**
     * Accuracies by kind, then by arm; null where no problem is of any kind.
     *
     * @param kind of a problem; problems without one are left out
     */
    static Map<String, Map<String, Summary.Share>> of(
            List<Problem> problems, Map<String, List<Evaluation>> evaluations, Function<Problem, String> kind) {
        Map<String, String> kinds = new HashMap<>();
        problems.forEach(problem -> kinds.put(problem.id(), kind.apply(problem)));
        Map<String, Map<String, List<Evaluation>>> grouped = new TreeMap<>(ORDER);
        evaluations.forEach((arm, answers) -> {
            for (Evaluation answer : answers) {
                String of = kinds.get(answer.problemId());
                if (of != null) {
                    grouped.computeIfAbsent(of, _ -> new LinkedHashMap<>())
                            .computeIfAbsent(arm, _ -> new ArrayList<>())
                            .add(answer);
                }
            }
        });
        Map<String, Map<String, Summary.Share>> shares = new LinkedHashMap<>();
        grouped.forEach((of, arms) -> {
            Map<String, Summary.Share> byArm = new LinkedHashMap<>();
            arms.forEach((arm, answers) -> byArm.put(arm, share(answers)));
            shares.put(of, byArm);
        });
        return shares.isEmpty() ? null : shares;
    }

    private static Summary.Share share(List<Evaluation> answers) {
        int correct = (int) answers.stream().filter(Evaluation::correct).count();
        Statistics.Interval interval = Statistics.wilson(correct, answers.size());
        return new Summary.Share(
                correct, answers.size(), (double) correct / answers.size(), interval.low(), interval.high());
    }
}
