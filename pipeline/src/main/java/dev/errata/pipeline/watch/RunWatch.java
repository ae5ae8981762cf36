package dev.errata.pipeline.watch;

import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.run.RunReport;
import dev.errata.pipeline.watch.RunStatus.StageView;
import dev.errata.pipeline.watch.RunStatus.State;
import dev.errata.train.StepRecord;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Follows a run by its folder alone, so that it doesn't matter which process works on it, or whether one does. Until a run has
 * begun there is nothing to tell.
 */
final class RunWatch {
    /** How many of the last texts are shown. */
    private static final int TEXTS = 6;

    /** Points of a loss curve at most. */
    private static final int POINTS = 400;

    private static final int ALL = Integer.MAX_VALUE;
    private static final String WRONG = "\"correct\":false";

    private final RunFolder folder;
    private final Map<Path, GrowingRecords> files = new LinkedHashMap<>();
    private final Map<String, GrowthRate> paces = new LinkedHashMap<>();
    private LoopConfig config;
    private Map<String, Problem> problems = Map.of();
    private long heldOut;

    RunWatch(RunFolder folder) {
        this.folder = folder;
    }

    /** Looks at the folder; on any thread, one at a time. */
    synchronized RunStatus status() {
        String name = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
        if (config == null && !begin()) {
            return new RunStatus(name, false, null, List.of(), List.of(), List.of(), List.of());
        }
        List<StageView> stages = stages();
        return new RunStatus(
                name,
                Files.exists(folder.summary()),
                idleSeconds(),
                stages,
                trainings(),
                latest(folder.sampled(), RunWatch::path),
                latest(folder.corrections(), RunWatch::correction));
    }

    /** Reads what doesn't change any more once it is there. */
    private boolean begin() {
        if (!RunReport.isRun(folder.path()) || !Files.exists(folder.heldOut())) {
            return false;
        }
        config = RunReport.config(folder.path(), List.of());
        problems = JsonRows.readAll(folder.problems(), RecordRows::problem).stream()
                .collect(Collectors.toMap(Problem::id, Function.identity()));
        heldOut = JsonRows.readAll(folder.heldOut(), RecordRows::problem).size();
        return true;
    }

    private List<StageView> stages() {
        List<StageView> stages = new ArrayList<>();
        GrowingRecords paths = records(folder.sampled(), TEXTS, WRONG);
        stages.add(stage(
                "sample",
                folder.sampled(),
                paths,
                problems.size() * (long) config.sample().paths(),
                "paths"));
        if (config.augment() != null) {
            long further = problems.size() * (long) config.augment().samples();
            stages.add(stage("augment", folder.augmented(), records(folder.augmented(), 0, null), further, "paths"));
        }
        GrowingRecords corrections = records(folder.corrections(), TEXTS, null);
        stages.add(stage("correct", folder.corrections(), corrections, paths.matching(), "wrong paths"));
        if (config.evolve() != null) {
            GrowingRecords questions = records(folder.evolved().questions(), 0, null);
            stages.add(stage(
                    "evolve",
                    folder.evolved().corrections(),
                    questions,
                    config.evolve().questions(),
                    "questions"));
        }
        boolean filtered = config.arms().stream().allMatch(arm -> Files.exists(folder.rows(arm.name())));
        stages.add(new StageView("filter", filtered ? State.DONE : State.WAITING, 0, 0, "rows", 0, null));
        for (ArmConfig arm : config.arms()) {
            stages.add(stage(
                    "train " + arm.name(),
                    folder.trainingSummary(arm.name()),
                    records(folder.metrics(arm.name()), ALL, null),
                    steps(arm),
                    "steps"));
        }
        if (config.choose() != null) {
            config.arms().forEach(arm -> stages.add(choice(arm)));
        }
        List<String> contestants = new ArrayList<>(List.of("base"));
        config.arms().forEach(arm -> contestants.add(arm.name()));
        for (String arm : contestants) {
            Path file = folder.evaluation(arm);
            stages.add(stage("eval " + arm, file, records(file, 0, null), heldOut, "problems"));
        }
        return stages;
    }

    /** All checkpoints of an arm are one line. */
    private StageView choice(ArmConfig arm) {
        int every = config.train().checkpointEvery();
        long checkpoints = Math.ceilDiv(steps(arm), every);
        long answers = 0;
        for (int step : TrainingCheckpoint.results(folder.training(arm.name()).resolve("checkpoints"))) {
            answers += records(folder.choosing(arm.name(), step), 0, null).count();
        }
        return stage(
                "choose " + arm.name(),
                folder.choices(),
                answers,
                checkpoints * config.choose().problems(),
                "problems");
    }

    private int steps(ArmConfig arm) {
        Integer steps = arm.steps() == null ? config.train().steps() : arm.steps();
        return steps == null ? 0 : steps;
    }

    private GrowingRecords records(Path file, int kept, String mark) {
        GrowingRecords records = files.computeIfAbsent(file, each -> new GrowingRecords(each, kept, mark));
        records.look();
        return records;
    }

    /**
     * @param whole is there once the stage is done
     */
    private StageView stage(String name, Path whole, GrowingRecords records, long total, String unit) {
        return stage(name, whole, records.count(), total, unit);
    }

    private StageView stage(String name, Path whole, long count, long total, String unit) {
        boolean done = Files.exists(whole);
        GrowthRate pace = paces.computeIfAbsent(name, each -> new GrowthRate());
        pace.look(System.nanoTime() / 1e9, count);
        State state = done ? State.DONE : count > 0 ? State.RUNNING : State.WAITING;
        return new StageView(name, state, count, total, unit, pace.perSecond(), pace.secondsTo(total));
    }

    private List<RunStatus.Training> trainings() {
        List<RunStatus.Training> trainings = new ArrayList<>();
        for (ArmConfig arm : config.arms()) {
            List<String> lines = files.get(folder.metrics(arm.name())).last();
            if (!lines.isEmpty()) {
                trainings.add(new RunStatus.Training(arm.name(), steps(arm), curve(lines)));
            }
        }
        return trainings;
    }

    /** The losses of so many steps, evenly spaced, the last one among them. */
    private static List<double[]> curve(List<String> lines) {
        List<double[]> points = new ArrayList<>();
        int stride = Math.ceilDiv(lines.size(), POINTS);
        for (int i = (lines.size() - 1) % stride; i < lines.size(); i += stride) {
            StepRecord step = read(lines.get(i), StepRecord.class);
            if (step != null) {
                points.add(new double[] {step.step(), step.loss()});
            }
        }
        return points;
    }

    private <T> List<T> latest(Path file, BiFunction<RunWatch, String, T> read) {
        GrowingRecords records = files.get(file);
        return records == null
                ? List.of()
                : records.last().reversed().stream()
                        .map(line -> read.apply(this, line))
                        .filter(Objects::nonNull)
                        .toList();
    }

    private RunStatus.Path path(String line) {
        ReasoningPath path = read(line, ReasoningPath.class);
        Problem problem = path == null ? null : problems.get(path.problemId());
        return problem == null
                ? null
                : new RunStatus.Path(
                        path.problemId(),
                        path.sample(),
                        problem.question(),
                        problem.answer(),
                        path.text(),
                        path.finalAnswer(),
                        path.correct());
    }

    private Correction correction(String line) {
        return read(line, Correction.class);
    }

    /** A record, or null where the line holds another: a look changes nothing, so it leaves complaints to those who work on it. */
    private static <T> T read(String line, Class<T> type) {
        try {
            return Json.MAPPER.readValue(line, type);
        } catch (IOException e) {
            return null;
        }
    }

    private Long idleSeconds() {
        return files.keySet().stream()
                .flatMap(file -> GrowingRecords.names(file).stream())
                .map(RunWatch::modified)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .map(last -> Math.max(0, (System.currentTimeMillis() - last) / 1000))
                .orElse(null);
    }

    private static Long modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            return null;
        }
    }
}
