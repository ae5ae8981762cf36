package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.StepMetrics;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.report.ReportData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Gathers a run's records for its report. */
final class ReportRecords {
    private ReportRecords() {}

    static ReportData of(LoopRun run, Summary summary) {
        RunFolder folder = run.folder();
        Map<String, List<TrainingRow>> rows = new LinkedHashMap<>();
        Map<String, List<Evaluation>> evaluations = new LinkedHashMap<>();
        Map<String, List<StepMetrics>> metrics = new LinkedHashMap<>();
        evaluations.put(EvalStage.BASE, Summarizer.evaluations(folder, EvalStage.BASE));
        for (String arm : run.config().arms()) {
            rows.put(arm, read(folder.rows(arm), RecordRows::training));
            evaluations.put(arm, Summarizer.evaluations(folder, arm));
            metrics.put(arm, read(folder.metrics(arm), RecordRows::metrics));
        }
        return new ReportData(
                run.config().task() + " with " + run.config().model().getFileName(),
                summary,
                read(folder.problems(), RecordRows::problem),
                read(folder.heldOut(), RecordRows::problem),
                read(folder.paths(), RecordRows::path),
                read(folder.corrections(), RecordRows::correction),
                rows,
                evaluations,
                metrics,
                facts(run.config()));
    }

    private static <R> List<R> read(Path file, Function<JsonRow, R> reader) {
        return Files.exists(file) ? JsonRows.readAll(file, reader) : List.of();
    }

    private static Map<String, String> facts(LoopConfig config) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("task", config.task());
        facts.put("model", config.model().getFileName().toString());
        facts.put("prompt", config.prompt());
        facts.put("seed", Long.toString(config.seed()));
        facts.put(
                "sampling",
                config.sample().samples() + " paths a problem, temperature "
                        + config.sample().temperature() + ", top_p "
                        + config.sample().topP());
        facts.put("corrector", config.correct().corrector());
        facts.put(
                "filter",
                config.filter().mode() + ", correction_share " + config.filter().correctionShare());
        facts.put(
                "base",
                config.train().quantization() == null
                        ? "weights as they are"
                        : config.train().quantization().format() + " in blocks of "
                                + config.train().quantization().blockSize());
        facts.put(
                "optimizer",
                config.train().optimizer().name() + ", learning rate "
                        + config.train().optimizer().learningRate() + ", "
                        + config.train().schedule().name());
        return facts;
    }
}
