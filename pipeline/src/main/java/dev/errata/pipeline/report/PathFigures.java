package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the sampled paths: the funnel, the reasons of rejection, the arms' training rows. */
final class PathFigures {
    /** Reasons drawn one by one; the rarer ones are added up. */
    private static final int MOST_REASONS = 6;

    private PathFigures() {}

    /** Empty where nothing was sampled. */
    static List<Html> of(ReportData data) {
        var figures = new ArrayList<Html>();
        List<StageProgress> stages = stages(data);
        if (!stages.isEmpty()) {
            figures.add(CountChart.funnel(
                    "funnel", "From sampled paths to training data", stages, "Percent: share of the row above."));
        }
        Map<String, Integer> rejected = rejected(data);
        if (!rejected.isEmpty()) {
            figures.add(CountChart.reasons(
                    "rejected",
                    "Why corrections were rejected",
                    reasons(rejected),
                    "A correction is kept only if its own final answer is the right one."));
        }
        return figures;
    }

    private static List<StageProgress> stages(ReportData data) {
        Summary summary = data.summary();
        long sampled = data.paths().size();
        long wrong = data.paths().stream().filter(path -> !path.correct()).count();
        if (summary != null && summary.paths() != null) {
            sampled = summary.paths().total();
            wrong = summary.paths().wrong();
        }
        if (sampled == 0) {
            return List.of();
        }
        var stages = new ArrayList<>(
                List.of(new StageProgress("Sampled", sampled, 0), new StageProgress("Wrong", wrong, sampled)));
        boolean counted = summary != null && summary.corrections() != null;
        if (!counted && data.corrections().isEmpty()) {
            return stages;
        }
        long corrected = data.corrections().isEmpty()
                ? summary.corrections().total()
                : data.corrections().stream().filter(PathFigures::hasAnswer).count();
        long kept = counted
                ? summary.corrections().kept()
                : data.corrections().stream().filter(Correction::kept).count();
        stages.add(new StageProgress("Corrected", corrected, wrong));
        stages.add(new StageProgress("Kept", kept, corrected));
        if (data.trainingRows().containsKey(ArmName.LEMA)) {
            long used = corrections(data.trainingRows().get(ArmName.LEMA));
            stages.add(new StageProgress("Used to train", used, kept));
        }
        return stages;
    }

    private static boolean hasAnswer(Correction correction) {
        return correction.text() != null || correction.correctSolution() != null || correction.kept();
    }

    private static long corrections(List<TrainingRow> rows) {
        return rows.stream().filter(row -> "correction".equals(row.kind())).count();
    }

    private static Map<String, Integer> rejected(ReportData data) {
        Summary summary = data.summary();
        if (summary != null
                && summary.corrections() != null
                && summary.corrections().rejected() != null) {
            return summary.corrections().rejected();
        }
        var rejected = new TreeMap<String, Integer>();
        data.corrections().stream()
                .filter(correction -> !correction.kept())
                .forEach(correction -> rejected.merge(Conclusions.reason(correction), 1, Integer::sum));
        return rejected;
    }

    private static List<StageProgress> reasons(Map<String, Integer> rejected) {
        long all = rejected.values().stream().mapToLong(Integer::longValue).sum();
        List<StageProgress> byCount = rejected.entrySet().stream()
                .map(entry -> new StageProgress(Conclusions.explained(entry.getKey()), entry.getValue(), all))
                .sorted(Comparator.comparingLong(StageProgress::count)
                        .reversed()
                        .thenComparing(StageProgress::name))
                .toList();
        if (byCount.size() <= MOST_REASONS) {
            return byCount;
        }
        var shown = new ArrayList<>(byCount.subList(0, MOST_REASONS - 1));
        List<StageProgress> rest = byCount.subList(MOST_REASONS - 1, byCount.size());
        long count = rest.stream().mapToLong(StageProgress::count).sum();
        shown.add(new StageProgress(rest.size() + " other reasons", count, all));
        return shown;
    }

    /** One sentence on what the arms were trained on; null where there are no rows. */
    static String trainingRows(ReportData data) {
        var parts = new ArrayList<String>();
        for (String arm : ArmName.ordered(data.trainingRows().keySet())) {
            List<TrainingRow> rows = data.trainingRows().get(arm);
            long corrections = corrections(rows);
            parts.add(ArmName.shown(arm) + " on " + NumberFormats.count(rows.size(), "example", "examples")
                    + (corrections == 0
                            ? ", none of them a correction"
                            : ", " + NumberFormats.count(corrections) + " of them corrections ("
                                    + NumberFormats.percent(corrections, rows.size()) + ")"));
        }
        return parts.isEmpty() ? null : "Training data: " + String.join("; ", parts) + ".";
    }
}
