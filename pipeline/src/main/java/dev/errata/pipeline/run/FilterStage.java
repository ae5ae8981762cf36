package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.RowChoice;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.filter.ArmRows;
import dev.errata.pipeline.filter.NoLessons;
import dev.errata.pipeline.filter.OwnRows;
import dev.errata.pipeline.filter.RowPool;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.record.ArmMixture;
import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import dev.errata.train.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Makes the training rows of each arm of the problems taken and the kept corrections. */
record FilterStage() implements Stage {
    @Override
    public String name() {
        return "filter";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        if (!Files.exists(folder.paths())) {
            return Optional.of("sample");
        }
        return input != null || Files.exists(folder.corrections()) ? Optional.empty() : Optional.of("correct");
    }

    @Override
    public boolean isDone(RunFolder folder, LoopConfig config) {
        return Files.exists(folder.mixtures())
                && config.armNames().stream().allMatch(arm -> Files.exists(folder.rows(arm)));
    }

    @Override
    public boolean takesInput() {
        return true;
    }

    /** The files of rows are read before hours of sampling. */
    @Override
    public void lookAhead(LoopConfig config, RunFolder folder, Progress progress) {
        OwnRows own = new OwnRows(Tasks.named(config.task(), "task"), List.of());
        for (ArmConfig arm : config.arms()) {
            if (arm.cot() instanceof RowChoice.OfFile(Path file)) {
                own.read(file);
            }
        }
    }

    @Override
    public void run(LoopRun run, Path input) {
        run.surroundings().stop().check();
        List<Correction> corrections =
                JsonRows.readAll(input == null ? run.folder().corrections() : input, RecordRows::correction);
        Optional<Function<TrainingRow, RowTokens>> counter = run.engine().rowTokens(run.base());
        Map<TrainingRow, RowTokens> counted = new HashMap<>();
        Function<TrainingRow, RowTokens> tokens = row -> counted.computeIfAbsent(row, counter.orElseThrow());
        OwnRows own = new OwnRows(run.task(), run.problems().heldOut());
        ArmRows arms = new ArmRows(
                run.config().filter(),
                pool(run, corrections, input),
                own::read,
                row -> tokens.apply(row).trained());
        SortedMap<String, ArmMixture> mixtures = new TreeMap<>();
        for (ArmConfig arm : run.config().arms()) {
            arms.shortfalls(arm).forEach(each -> say(run, each));
            List<TrainingRow> rows = arms.of(arm, run.config().arms());
            if (rows.isEmpty()) {
                throw new BadInputException(
                        "arm " + arm.name() + " has no rows to train on",
                        run.folder().path().toString(),
                        "give it other rows, or leave it out");
            }
            write(run.folder().rows(arm.name()), rows);
            mixtures.put(
                    arm.name(),
                    ArmMixture.of(
                            rows,
                            counter.isEmpty() ? null : rows.stream().map(tokens).toList()));
            say(run, said(arm.name(), mixtures.get(arm.name())));
        }
        AtomicFile.write(run.folder().mixtures(), Json.page(mixtures));
        boolean compares = run.config().armNames().containsAll(List.of(ArmConfig.COT, ArmConfig.LEMA));
        if (compares && corrections(mixtures.get(ArmConfig.LEMA)) == 0) {
            NoLessons.sentence(corrections, run.config()).ifPresent(sentence -> say(run, sentence));
        }
    }

    private static RowPool pool(LoopRun run, List<Correction> corrections, Path input) {
        List<ReasoningPath> paths = JsonRows.readAll(run.folder().paths(), RecordRows::path);
        List<Problem> corrected = corrections.stream()
                .map(each -> run.problem(each.problemId()))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        run.problems().keepApart(corrected);
        List<TrainingRow> cot = run.problems().taken().stream()
                .map(each -> RowPool.cotRow(run.task(), each))
                .toList();
        try {
            return new RowPool(
                    run.task(),
                    cot,
                    RowPool.kept(corrections, corrected, paths),
                    run.config().seed());
        } catch (BadInputException e) {
            Path file = input == null ? run.folder().corrections() : input;
            throw new BadInputException(e.what(), file + ", " + e.where(), e.remedy(), e);
        }
    }

    private static void say(LoopRun run, String sentence) {
        run.surroundings().progress().say("filter: " + sentence);
    }

    private static String said(String arm, ArmMixture mixture) {
        return mixture.rows() + " rows for " + arm
                + (mixture.tokens() == null ? "" : ", " + mixture.tokens() + " trained tokens") + ", "
                + corrections(mixture) + " of the rows corrections";
    }

    private static int corrections(ArmMixture mixture) {
        return mixture.kinds().getOrDefault(CorrectionForm.KIND, 0);
    }

    private static void write(Path file, List<TrainingRow> rows) {
        if (!Files.exists(file)) {
            AtomicFile.write(
                    file, rows.stream().map(row -> Json.line(row) + "\n").collect(Collectors.joining()));
        }
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("rows", Summarizer.mixtures(run.folder()));
        return counts;
    }
}
