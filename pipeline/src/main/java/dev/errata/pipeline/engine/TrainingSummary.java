package dev.errata.pipeline.engine;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.Sha256;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.report.TrainReport;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import dev.errata.train.Trainer;
import dev.errata.train.TrainingHealth;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * {@code summary.json} of one training. It holds no times: the same training has the same summary, apart from {@code run}.
 *
 * @param firstLoss that of the first step, as the model was before it
 * @param targetTokens trained, over all steps
 * @param validation null where nothing was validated
 */
record TrainingSummary(
        String run,
        int steps,
        double firstLoss,
        double lastLoss,
        long targetTokens,
        Validated validation,
        Result result,
        TrainingHealth.Warnings warnings,
        String report) {
    /**
     * Losses on the validation rows.
     *
     * @param path the folder of the best step's adapter or model, relative to the run
     */
    record Validated(double lastLoss, double bestLoss, int bestStep, String path) {}

    /**
     * What was trained.
     *
     * @param path relative to the run
     * @param sha256 of its file of weights
     */
    record Result(String path, String sha256) {}

    /** Writes the summary and the report of a finished training. */
    static void write(TrainConfig config, Trainer.Outcome outcome) {
        Path run = config.output();
        List<StepRecord> steps = StepLog.read(run.resolve("metrics.jsonl"));
        Validated validated = steps.stream()
                .filter(step -> step.validationLoss() != null)
                .min(Comparator.comparingDouble(StepRecord::validationLoss))
                .map(best -> new Validated(
                        lastValidation(steps),
                        best.validationLoss(),
                        best.step(),
                        run.relativize(outcome.best()).toString()))
                .orElse(null);
        Path report = TrainReport.write(run);
        TrainingSummary summary = new TrainingSummary(
                run.toString(),
                steps.getLast().step(),
                steps.getFirst().loss(),
                steps.getLast().loss(),
                steps.stream().mapToLong(StepRecord::targetTokens).sum(),
                validated,
                new Result(run.relativize(outcome.result()).toString(), hash(Trainer.resultFile(config))),
                outcome.warnings(),
                run.relativize(report).toString());
        AtomicFile.write(file(run), Json.page(summary));
    }

    /** Whether the summary of a training of so many steps is there: it is the last file that a training writes. */
    static boolean isOf(Path run, int steps) {
        try {
            return Files.exists(file(run))
                    && Json.parse(Files.readString(file(run))).path("steps").asInt() == steps;
        } catch (IOException e) {
            return false;
        }
    }

    private static Path file(Path run) {
        return run.resolve("summary.json");
    }

    private static double lastValidation(List<StepRecord> steps) {
        return steps.reversed().stream()
                .map(StepRecord::validationLoss)
                .filter(loss -> loss != null)
                .findFirst()
                .orElseThrow();
    }

    private static String hash(Path file) {
        try {
            return Sha256.of(file);
        } catch (IOException e) {
            throw new BadInputException("the result can't be read", file.toString(), "check its permissions", e);
        }
    }
}
