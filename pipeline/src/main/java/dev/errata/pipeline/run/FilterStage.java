package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.FilterConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.correct.TrainingRows;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes the training rows of both arms of the problems taken and the kept corrections. */
record FilterStage() implements Stage {
    private static final List<String> ARMS = List.of("cot", "lema");

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
        return ARMS.stream().allMatch(arm -> Files.exists(folder.rows(arm)));
    }

    @Override
    public boolean takesInput() {
        return true;
    }

    @Override
    public void run(LoopRun run, Path input) {
        run.surroundings().stop().check();
        Path file = input == null ? run.folder().corrections() : input;
        List<Correction> corrections = JsonRows.readAll(file, RecordRows::correction);
        List<ReasoningPath> paths = JsonRows.readAll(run.folder().paths(), RecordRows::path);
        List<Problem> corrected = corrections.stream()
                .map(each -> run.problem(each.problemId()))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        run.problems().keepApart(corrected);
        FilterConfig config = run.config().filter();
        TrainingRows rows;
        try {
            rows = TrainingRows.of(
                    run.task(),
                    run.problems().taken(),
                    corrected,
                    corrections,
                    paths,
                    TrainingRows.Mode.valueOf(config.mode().toUpperCase(Locale.ROOT)),
                    config.correctionShare(),
                    run.config().seed());
        } catch (BadInputException e) {
            throw new BadInputException(e.what(), file + ", " + e.where(), e.remedy(), e);
        }
        write(run.folder().rows("cot"), rows.cot());
        write(run.folder().rows("lema"), rows.lema());
        run.surroundings()
                .progress()
                .say("filter: " + rows.cot().size() + " rows for cot, "
                        + rows.lema().size() + " for lema, " + countCorrections(rows.lema()) + " of these corrections");
        if (run.config().arms().containsAll(ARMS) && countCorrections(rows.lema()) == 0) {
            NoLessons.sentence(corrections, run.config())
                    .ifPresent(sentence -> run.surroundings().progress().say("filter: " + sentence));
        }
    }

    private static long countCorrections(List<TrainingRow> rows) {
        return rows.stream()
                .filter(row -> row.kind().equals(CorrectionForm.KIND))
                .count();
    }

    private static void write(Path file, List<TrainingRow> rows) {
        if (!Files.exists(file)) {
            AtomicFile.write(
                    file, rows.stream().map(row -> Json.line(row) + "\n").collect(Collectors.joining()));
        }
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        List<TrainingRow> cot = JsonRows.readAll(run.folder().rows("cot"), RecordRows::training);
        List<TrainingRow> lema = JsonRows.readAll(run.folder().rows("lema"), RecordRows::training);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("cot_rows", cot.size());
        counts.put("lema_rows", lema.size());
        counts.put("lema_corrections", countCorrections(lema));
        return counts;
    }
}
