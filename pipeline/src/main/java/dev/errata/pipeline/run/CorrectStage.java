package dev.errata.pipeline.run;

import dev.errata.model.decoder.Precision;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.CorrectConfig;
import dev.errata.pipeline.config.LocalConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.correct.AnswerKeyCorrector;
import dev.errata.pipeline.correct.Corrector;
import dev.errata.pipeline.correct.LocalCorrector;
import dev.errata.pipeline.correct.ReplayCorrector;
import dev.errata.pipeline.correct.openai.OpenAiCorrector;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.folder.JsonlAppender;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.WrongPath;
import dev.errata.pipeline.task.Tasks;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Gives the wrong paths to the corrector and writes what it says, with the verdict, in the order of the paths. */
record CorrectStage() implements Stage {
    private static final String LENGTH = "length";

    @Override
    public String name() {
        return "correct";
    }

    @Override
    public String description() {
        return "Correct the wrong paths, with the filter's verdict on each correction.";
    }

    @Override
    public String folder() {
        return "correct";
    }

    @Override
    public boolean takesInput() {
        return true;
    }

    @Override
    public boolean isDivisible() {
        return true;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return input != null || Files.exists(folder.paths()) ? Optional.empty() : Optional.of("sample");
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return List.of(new StagePiece(name(), folder.corrections(), () -> basis(folder, config)));
    }

    private static Basis basis(RunFolder folder, LoopConfig config) {
        Basis basis = basis(folder.problems(), folder.paths(), config);
        if (!Files.exists(folder.foreign())) {
            return basis;
        }
        Set<String> keys = new TreeSet<>(basis.keys());
        keys.add("problems"); // paths from elsewhere may be of others than those taken
        return Basis.ofRecords(keys, Set.of(), basis.each());
    }

    /** A correction is made from its path and its problem. */
    static Basis basis(Path problems, Path paths, LoopConfig config) {
        Set<String> keys = new TreeSet<>(List.of("task", "correct"));
        if (config.correct().corrector().equals("local")) {
            keys.addAll(List.of("prompt", "date"));
        }
        Map<String, String> byId = RunFolder.problems(problems);
        List<String> each = JsonRows.readAll(paths, RecordRows::path).stream()
                .filter(path -> !path.correct())
                .map(path -> Json.line(path) + byId.get(path.problemId()))
                .toList();
        return Basis.ofRecords(keys, Set.of(), each);
    }

    @Override
    public void run(LoopRun run, Path input) {
        if (input != null && !Files.exists(run.folder().foreign())) {
            String lines = ForeignPaths.read(input, run).stream()
                    .map(path -> Json.line(path) + "\n")
                    .collect(Collectors.joining());
            AtomicFile.write(run.folder().foreign(), lines);
        }
        List<WrongPath> wrong = paths(run).stream()
                .filter(path -> !path.correct())
                .map(path -> new WrongPath(run.problem(path.problemId()), path))
                .toList();
        correct(run, wrong, run.folder().corrections());
    }

    /** The wrong paths of a file to these problems. */
    static List<WrongPath> wrong(List<Problem> problems, Path paths) {
        Map<String, Problem> byId = new HashMap<>();
        problems.forEach(each -> byId.put(each.id(), each));
        return JsonRows.readAll(paths, RecordRows::path).stream()
                .filter(path -> !path.correct())
                .map(path -> new WrongPath(byId.get(path.problemId()), path))
                .toList();
    }

    /** Writes what the corrector says of each, or what is missing of it. */
    static void correct(LoopRun run, List<WrongPath> wrong, Path file) {
        if (Files.exists(file)) {
            return;
        }
        try (JsonlAppender records = JsonlAppender.open(file)) {
            if (records.count() < wrong.size()) {
                correct(wrong, run, records);
            }
            records.finish();
        }
    }

    /** A part takes the paths of its problems, be it of all paths or of those that it has sampled itself. */
    private static List<ReasoningPath> paths(LoopRun run) {
        List<ReasoningPath> all = JsonRows.readAll(run.folder().paths(), RecordRows::path);
        return run.folder().paths().equals(run.folder().sampled())
                ? all
                : run.folder().shard().of(byProblem(all)).stream()
                        .flatMap(List::stream)
                        .toList();
    }

    /** Neighbours of one problem together. */
    private static List<List<ReasoningPath>> byProblem(List<ReasoningPath> paths) {
        List<List<ReasoningPath>> groups = new ArrayList<>();
        for (ReasoningPath path : paths) {
            if (groups.isEmpty() || !groups.getLast().getLast().problemId().equals(path.problemId())) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(path);
        }
        return groups;
    }

    @Override
    public void lookAhead(LoopConfig config, RunFolder folder, Progress progress) {
        CorrectConfig correct = config.correct();
        switch (correct.corrector()) {
            case "openai" -> {
                boolean cached = Files.exists(folder.cache());
                OpenAiCorrector.requireReady(correct.openai(), System.getenv(), !cached, progress::say);
            }
            case "replay" -> {
                CorrectionFilter filter = new CorrectionFilter(Tasks.named(config.task(), "task"));
                new ReplayCorrector(correct.replay().file(), filter).close();
            }
            default -> {}
        }
    }

    private static void correct(List<WrongPath> wrong, LoopRun run, JsonlAppender records) {
        boolean skip = run.config().correct().unfinished().equals("skip");
        List<WrongPath> asked =
                wrong.stream().filter(each -> !(skip && isUnfinished(each))).toList();
        int done = (int) wrong.subList(0, records.count()).stream()
                .filter(each -> !(skip && isUnfinished(each)))
                .count();
        Progress progress = run.surroundings().progress();
        try (Progress.Bar bar = progress.begin("correct", "paths", records.count(), wrong.size())) {
            if (done < asked.size()) {
                try (Corrector corrector = corrector(run)) {
                    corrector.correct(asked, done, correction -> {
                        appendUnfinished(wrong, run, records, skip);
                        records.append(List.of(correction));
                        bar.advance(records.count() - bar.done());
                    });
                }
            }
            appendUnfinished(wrong, run, records, skip);
            bar.advance(records.count() - bar.done());
        }
    }

    /** The records of skipped paths that stand before the next one that was asked about. */
    private static void appendUnfinished(List<WrongPath> wrong, LoopRun run, JsonlAppender records, boolean skip) {
        while (records.count() < wrong.size() && skip && isUnfinished(wrong.get(records.count()))) {
            ReasoningPath path = wrong.get(records.count()).path();
            String corrector = run.config().correct().corrector();
            records.append(List.of(CorrectionFilter.rejected(path, corrector, null, Rejection.UNFINISHED)));
        }
    }

    /** A path from elsewhere that doesn't say how it ended counts as finished. */
    private static boolean isUnfinished(WrongPath wrong) {
        return LENGTH.equals(wrong.path().finish());
    }

    private static Corrector corrector(LoopRun run) {
        CorrectConfig config = run.config().correct();
        CorrectionFilter filter = new CorrectionFilter(run.task());
        StopSignal stop = run.surroundings().stop();
        return switch (config.corrector()) {
            case "answer-key" -> new AnswerKeyCorrector(filter);
            case "replay" -> new ReplayCorrector(config.replay().file(), filter);
            case "openai" ->
                new OpenAiCorrector(
                        config.openai(), System.getenv(), run.folder().cache(), filter, stop);
            case "local" -> {
                LocalConfig local = config.local();
                ModelChoice choice = new ModelChoice(
                        local.model(),
                        null,
                        Precision.F32,
                        null,
                        run.config().prompt(),
                        run.config().date(),
                        run.surroundings().hardware());
                yield new LocalCorrector(
                        run.engine().open(choice),
                        local.maxNewTokens(),
                        run.config().sample().limits(),
                        filter,
                        stop);
            }
            default -> throw new IllegalStateException("corrector " + config.corrector());
        };
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        List<Correction> all = JsonRows.readAll(run.folder().corrections(), RecordRows::correction);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("corrections", Summarizer.corrections(all));
        return counts;
    }
}
