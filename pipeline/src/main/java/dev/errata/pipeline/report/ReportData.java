package dev.errata.pipeline.report;

import dev.errata.pipeline.record.ArmMixture;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.SolutionLoss;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.StepRecord;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the report shows. Any part may be null or empty: the page then leaves that part out and says so.
 *
 * @param title what was run, as {@code demo} or the config's name
 * @param summary the run's figures; they decide the verdict
 * @param problems the problems that were sampled and trained on, in order
 * @param heldOut the problems of the evaluation, in order
 * @param paths the sampled solutions of {@code problems}
 * @param corrections one for each wrong path that was given to the corrector
 * @param trainingRows by arm
 * @param evaluations by arm, the base among them
 * @param metrics by arm, in order of steps
 * @param facts what else a reader wants to know of the run (model, seed, corrector …), shown in the order given
 * @param solutionLoss the arms' losses on the same solutions
 * @param mixtures what the arms' rows are, by arm
 * @param unfinished the stage that comes next; null when the run is finished
 */
public record ReportData(
        String title,
        Summary summary,
        List<Problem> problems,
        List<Problem> heldOut,
        List<ReasoningPath> paths,
        List<Correction> corrections,
        Map<String, List<TrainingRow>> trainingRows,
        Map<String, List<Evaluation>> evaluations,
        Map<String, List<StepRecord>> metrics,
        Map<String, String> facts,
        SolutionLoss solutionLoss,
        Map<String, ArmMixture> mixtures,
        String unfinished) {

    public ReportData {
        title = title == null ? "" : title;
        problems = copy(problems);
        heldOut = copy(heldOut);
        paths = copy(paths);
        corrections = copy(corrections);
        trainingRows = copyLists(trainingRows);
        evaluations = copyLists(evaluations);
        metrics = copyLists(metrics);
        mixtures = mixtures == null ? Map.of() : Map.copyOf(mixtures);
        facts = facts == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }

    /** A finished run without losses on the same solutions. */
    public ReportData(
            String title,
            Summary summary,
            List<Problem> problems,
            List<Problem> heldOut,
            List<ReasoningPath> paths,
            List<Correction> corrections,
            Map<String, List<TrainingRow>> trainingRows,
            Map<String, List<Evaluation>> evaluations,
            Map<String, List<StepRecord>> metrics,
            Map<String, String> facts) {
        this(
                title,
                summary,
                problems,
                heldOut,
                paths,
                corrections,
                trainingRows,
                evaluations,
                metrics,
                facts,
                null,
                Map.of(),
                null);
    }

    /** Whether all arms were trained on the same rows, so that nothing is compared. */
    boolean armsAreOne() {
        return trainingRows.size() > 1
                && trainingRows.values().stream().noneMatch(List::isEmpty)
                && trainingRows.values().stream().distinct().count() == 1;
    }

    private static <T> List<T> copy(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static <T> Map<String, List<T>> copyLists(Map<String, List<T>> lists) {
        var copies = new LinkedHashMap<String, List<T>>();
        if (lists != null) {
            lists.forEach((arm, list) -> copies.put(arm, copy(list)));
        }
        return Collections.unmodifiableMap(copies);
    }

    /** The arms' results by name; empty where the run has none. */
    Map<String, Summary.Arm> arms() {
        return summary == null || summary.arms() == null ? Map.of() : summary.arms();
    }
}
