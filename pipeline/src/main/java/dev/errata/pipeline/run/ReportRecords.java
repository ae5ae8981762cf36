package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.SolutionLoss;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.report.ReportData;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers a run's records for its report. */
final class ReportRecords {
    private ReportRecords() {}

    /** @param next the stage that comes next; null when the run is finished */
    static ReportData of(RunFolder folder, LoopConfig config, Summary summary, String next) {
        Map<String, List<TrainingRow>> rows = new LinkedHashMap<>();
        Map<String, List<Evaluation>> evaluations = new LinkedHashMap<>();
        Map<String, List<StepRecord>> metrics = new LinkedHashMap<>();
        for (String arm : EvalStage.contestants(config)) {
            if (Files.exists(folder.evaluation(arm))) {
                evaluations.put(arm, Summarizer.evaluations(folder, arm));
            }
        }
        for (String arm : config.armNames()) {
            rows.put(arm, WholeLines.read(folder.rows(arm), RecordRows::training));
            metrics.put(arm, StepLog.read(folder.metrics(arm)));
        }
        rows.values().removeIf(List::isEmpty);
        return new ReportData(
                config.task() + " with " + config.model().getFileName(),
                summary,
                WholeLines.read(folder.problems(), RecordRows::problem),
                WholeLines.read(folder.heldOut(), RecordRows::problem),
                WholeLines.read(folder.paths(), RecordRows::path),
                WholeLines.read(folder.corrections(), RecordRows::correction),
                rows,
                evaluations,
                metrics,
                RunFacts.of(folder, config, summary, metrics),
                solutionLoss(folder),
                Summarizer.mixtures(folder),
                next);
    }

    private static SolutionLoss solutionLoss(RunFolder folder) {
        Path file = folder.solutionLoss();
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return Json.MAPPER.readValue(Files.readString(file), SolutionLoss.class);
        } catch (IOException e) {
            throw new BadInputException(
                    "not the losses of the arms", file.toString(), "delete it and run eval again", e);
        }
    }
}
