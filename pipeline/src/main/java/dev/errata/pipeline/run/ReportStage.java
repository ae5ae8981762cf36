package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Sums a finished run up: {@code summary.json} and {@code report.html}. */
record ReportStage() implements Stage {
    @Override
    public String name() {
        return "report";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        if (!Files.exists(folder.paths())) {
            return Optional.of("sample");
        }
        if (!Files.exists(folder.corrections())) {
            return Optional.of("correct");
        }
        if (!new TrainStage().isDone(folder, config)) {
            return Optional.of("train-arms");
        }
        return new EvalStage().isDone(folder, config) ? Optional.empty() : Optional.of("eval");
    }

    @Override
    public boolean isDone(RunFolder folder, LoopConfig config) {
        return Files.exists(folder.summary()) && Files.exists(folder.report());
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
