package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.RowChoice;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.filter.ArmRows;
import dev.errata.pipeline.filter.KeptCorrection;
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
import java.util.ArrayList;
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
    public String description() {
        return "Make the training rows of each arm.";
    }

    @Override
    public String folder() {
        return "filter";
    }

    @Override
    public boolean takesInput() {
        return true;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        if (!Files.exists(folder.paths())) {
            return Optional.of("sample");
        }
        if (config.augment() != null && !Files.exists(folder.augmented())) {
            return Optional.of("augment");
        }
        if (config.evolve() != null && !Files.exists(folder.evolved().corrections())) {
            return Optional.of("evolve");
        }
        return input != null || Files.exists(folder.corrections()) ? Optional.empty() : Optional.of("correct");
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        List<StagePiece> pieces = new ArrayList<>();
        config.armNames().forEach(arm -> pieces.add(StagePiece.madeHere(arm, folder.rows(arm))));
        pieces.add(StagePiece.madeHere(name(), folder.mixtures()));
        return pieces;
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
        Optional<Function<TrainingRow, RowTokens>> counter = run.engine().rowTokens(run.base(null));
        Map<TrainingRow, RowTokens> counted = new HashMap<>();
        Function<TrainingRow, RowTokens> tokens = row -> counted.computeIfAbsent(row, counter.orElseThrow());
        OwnRows own = new OwnRows(run.task(), run.problems().setApart());
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
        List<Problem> evolved = EvolveStage.problems(run);
        run.problems().keepApart(evolved);
        List<KeptCorrection> kept = new ArrayList<>();
        try {
            kept.addAll(RowPool.kept(corrections, corrected, paths));
        } catch (BadInputException e) {
            Path file = input == null ? run.folder().corrections() : input;
            throw new BadInputException(e.what(), file + ", " + e.where(), e.remedy(), e);
        }
        kept.addAll(EvolveStage.kept(run, evolved));
        RowPool all = new RowPool(
                run.task(), cot(run, evolved), List.copyOf(kept), run.config().seed());
        Integer most = run.config().filter().corrections();
        if (most != null && kept.size() < most) {
            say(run, "filter.corrections is " + most + ", and " + kept.size() + " are kept");
        }
        return most == null ? all : all.withCorrections(most);
    }

    /** The solutions of the problems taken, those that were written further, and those of new problems. */
    private static List<TrainingRow> cot(LoopRun run, List<Problem> evolved) {
        // Where solutions are written, problems needn't bring their own.
        List<TrainingRow> cot = new ArrayList<>(run.problems().taken().stream()
                .filter(each -> run.config().augment() == null || each.rationale() != null)
                .map(each -> RowPool.cotRow(run.task(), each))
                .toList());
        cot.addAll(AugmentStage.rows(run));
        evolved.forEach(each -> cot.add(EvolveStage.row(run.task(), each)));
        return List.copyOf(cot);
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
