package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.report.ReportPage;
import dev.errata.pipeline.report.events.TrainingEvents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Summary and report of a run, finished or at work, made of its folder alone: no input of the run needs to be there any
 * more.
 *
 * @param summary what there is to count so far
 * @param next the stage that comes next; null when the run is finished
 */
public record RunReport(Summary summary, String next) {
    /** Whether the folder is one of the loop's runs, whatever its config is called. */
    public static boolean isRun(Path folder) {
        RunFolder run = new RunFolder(folder);
        return isAnyRun(folder) && Files.exists(run.config()) && Files.exists(run.problems());
    }

    /** Whether the folder is a run of the loop or of {@code train}. */
    public static boolean isAnyRun(Path folder) {
        return Files.isRegularFile(new RunFolder(folder).manifest());
    }

    /** The config that made a run, with the place where the run lies. */
    public static LoopConfig config(Path folder, List<String> overrides) {
        List<String> all = new ArrayList<>(overrides);
        all.add("output=" + Json.line(folder.toAbsolutePath().normalize().toString()));
        return LoopConfig.read(new RunFolder(folder).config(), all);
    }

    /** Writes {@code report.html}, {@code events/} for TensorBoard, and {@code summary.json} where the run is finished. */
    public static RunReport write(Path folder) {
        return write(new RunFolder(folder), config(folder, List.of()));
    }

    static RunReport write(RunFolder folder, LoopConfig config) {
        String next = Stages.of(config).stream()
                .filter(stage -> !(stage instanceof ReportStage) && !stage.isDone(folder, config))
                .map(Stage::name)
                .findFirst()
                .orElse(null);
        Summary summary = Summarizer.of(folder, config);
        AtomicFile.write(folder.report(), ReportPage.render(ReportRecords.of(folder, config, summary, next)));
        for (String arm : config.armNames()) {
            TrainingEvents.write(folder.path().resolve("events").resolve(arm), StepLog.read(folder.metrics(arm)));
        }
        if (next == null) {
            AtomicFile.write(folder.summary(), Json.page(summary));
        }
        return new RunReport(summary, next);
    }
}
