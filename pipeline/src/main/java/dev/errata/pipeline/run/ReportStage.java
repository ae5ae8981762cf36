package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sums a finished run up: {@code summary.json} and {@code report.html}. */
record ReportStage() implements Stage {
    @Override
    public String name() {
        return "report";
    }

    @Override
    public String description() {
        return "Write the report and the summary of a run.";
    }

    @Override
    public String folder() {
        return null;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        // Paths and rows from elsewhere need no stage before them.
        boolean foreign = Files.exists(folder.foreign());
        return Stages.of(config).stream()
                .filter(stage -> !(stage instanceof ReportStage) && !(stage instanceof FilterStage))
                .filter(stage -> !(stage instanceof SampleStage && foreign))
                .filter(stage -> !stage.isDone(folder, config))
                .map(Stage::name)
                .findFirst();
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return List.of(StagePiece.madeHere("summary", folder.summary()), StagePiece.madeHere("page", folder.report()));
    }

    @Override
    public void run(LoopRun run, Path input) {
        RunReport.write(run.folder(), run.config());
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        throw new IllegalStateException("a report is told by its summary");
    }
}
