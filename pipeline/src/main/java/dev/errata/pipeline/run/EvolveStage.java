package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.EvolveConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.SampleConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.QuestionOverlap;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.filter.KeptCorrection;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.filter.RowPool;
import dev.errata.pipeline.format.EvolutionPrompt;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.EvolvedAnswer;
import dev.errata.pipeline.record.EvolvedQuestion;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Correction-centric evolution (Section 2.2 of arXiv 2310.20689): new problems in the manner of those that were corrected,
 * which are sampled and corrected as the others are.
 */
record EvolveStage() implements Stage {
    /** What records call the rows of new problems' solutions. */
    private static final String KIND = "evolved";

    @Override
    public String name() {
        return "evolve";
    }

    @Override
    public String description() {
        return "Make new problems in the manner of the corrected ones, and sample and correct them.";
    }

    @Override
    public String folder() {
        return "evolve";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return Files.exists(folder.corrections()) ? Optional.empty() : Optional.of("correct");
    }

    @Override
    public boolean isConfigured(LoopConfig config) {
        return config.evolve() != null;
    }

    /** The new problems are sampled as the others are; another model writes them, in f32. */
    @Override
    public boolean computesBf16(LoopConfig config) {
        return config.precision(config.sample().dtype()).computesBf16();
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        EvolvedFiles files = folder.evolved();
        EvolvedBasis basis = new EvolvedBasis(folder, config);
        return List.of(
                new StagePiece("questions", files.questions(), basis::questions),
                new StagePiece("answers", files.answers(), basis::answers),
                new StagePiece("problems", files.problems(), basis::problems),
                new StagePiece("paths", files.paths(), basis::paths),
                new StagePiece("corrections", files.corrections(), basis::corrections));
    }

    @Override
    public void lookAhead(LoopConfig config, RunFolder folder, Progress progress) {
        TextSource.lookAhead(config.evolve().from(), config, folder, progress);
    }

    @Override
    public void run(LoopRun run, Path input) {
        EvolvedFiles files = run.folder().evolved();
        List<Problem> seeds =
                seeds(run.folder(), run.config()).stream().map(run::problem).toList();
        if (seeds.isEmpty()) {
            run.surroundings().progress().say("evolve: no correction was kept, so there is nothing to begin with");
        }
        drawUp(run, seeds, files);
        List<Problem> questions = questions(run, files);
        answer(run, questions, files);
        if (!Files.exists(files.problems())) {
            AtomicFile.write(
                    files.problems(),
                    answered(run, questions, files).stream()
                            .map(each -> Json.line(each) + "\n")
                            .collect(Collectors.joining()));
        }
        List<Problem> problems = problems(run);
        run.surroundings()
                .progress()
                .say("evolve: " + seeds.size() + " questions asked for, " + questions.size() + " usable and new, "
                        + problems.size() + " with an answer that a majority gives");
        SampleStage.sample(run, problems, files.paths(), "evolve, sample");
        CorrectStage.correct(run, CorrectStage.wrong(problems, files.paths()), files.corrections());
    }

    /** Ids of problems with a kept correction, drawn with replacement: one that was corrected twice comes twice as often. */
    static List<String> seeds(RunFolder folder, LoopConfig config) {
        List<String> corrected = JsonRows.readAll(folder.corrections(), RecordRows::correction).stream()
                .filter(Correction::kept)
                .map(Correction::problemId)
                .toList();
        List<String> seeds = new ArrayList<>();
        long stream = Philox.stream("seeds of evolution");
        for (int i = 0; i < config.evolve().questions() && !corrected.isEmpty(); i++) {
            seeds.add(corrected.get(Philox.below(config.seed(), stream, i, corrected.size())));
        }
        return seeds;
    }

    private static TextSampling sampling(LoopRun run) {
        SampleConfig sample = run.config().sample();
        return new TextSampling(
                SamplerSettings.of(run.config().evolve().temperature(), sample.topP()),
                sample.maxNewTokens(),
                sample.stop());
    }

    /** A seed that is drawn again has another number, so another question comes of it. */
    private static void drawUp(LoopRun run, List<Problem> seeds, EvolvedFiles files) {
        TextSource source = TextSource.of(run.config().evolve().from(), run);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < seeds.size(); i++) {
            requests.add(new Request(
                    EvolutionPrompt.of(run.task().shown(seeds.get(i))),
                    run.config().seed() + i,
                    1));
        }
        new RequestedTexts(requests, run.config().sample().limits(), sampling(run))
                .write(
                        files.questions(),
                        run,
                        source::open,
                        "evolve, questions",
                        "questions",
                        (request, _, texts) -> question(request, seeds.get(request), source.name(), texts.getFirst()));
    }

    private static EvolvedQuestion question(int number, Problem seed, String model, Completion text) {
        String reason = text.finish().startsWith(Rejection.REFUSED)
                ? text.finish()
                : text.finish().equals("length") ? Rejection.UNFINISHED : null;
        Optional<String> question = reason == null ? EvolutionPrompt.read(text.text()) : Optional.empty();
        return new EvolvedQuestion(
                "evolved-" + (number + 1),
                seed.id(),
                model,
                text.text(),
                text.finish(),
                question.orElse(null),
                reason == null && question.isEmpty() ? Rejection.NO_QUESTION : reason);
    }

    /** The questions that are new: no other problem of the run asks the same, and no held-out one above all. */
    private static List<Problem> questions(LoopRun run, EvolvedFiles files) {
        Set<String> known = new HashSet<>();
        run.problems().all().values().forEach(each -> known.add(QuestionOverlap.normalized(each.question())));
        run.problems().setApart().forEach(each -> known.add(QuestionOverlap.normalized(each.question())));
        List<Problem> questions = new ArrayList<>();
        for (EvolvedQuestion each : JsonRows.readAll(files.questions(), RecordRows::evolvedQuestion)) {
            if (each.question() != null
                    && run.problem(each.id()) == null
                    && known.add(QuestionOverlap.normalized(each.question()))) {
                questions.add(new Problem(each.id(), each.question(), "", null));
            }
        }
        return questions;
    }

    private static void answer(LoopRun run, List<Problem> questions, EvolvedFiles files) {
        EvolveConfig config = run.config().evolve();
        TextSource source = TextSource.of(config.from(), run);
        List<Request> requests = questions.stream()
                .map(each -> new Request(run.task().prompt(each), run.config().seed(), config.answers()))
                .toList();
        new RequestedTexts(requests, run.config().sample().limits(), sampling(run))
                .write(files.answers(), run, source::open, "evolve, answers", "answers", (request, sample, texts) -> {
                    Problem question = questions.get(request);
                    Completion text = texts.get(sample);
                    boolean whole = text.finish().equals("stop");
                    return new EvolvedAnswer(
                            question.id(),
                            sample,
                            text.text(),
                            text.finish(),
                            whole ? run.task().finalAnswer(text.text(), question) : null);
                });
    }

    /** The questions that most answers agree on, each with that answer and the first solution that comes to it. */
    private static List<Problem> answered(LoopRun run, List<Problem> questions, EvolvedFiles files) {
        Map<String, List<EvolvedAnswer>> answers = JsonRows.readAll(files.answers(), RecordRows::evolvedAnswer).stream()
                .collect(Collectors.groupingBy(EvolvedAnswer::problemId));
        List<Problem> problems = new ArrayList<>();
        for (Problem each : questions) {
            Majority.of(answers.getOrDefault(each.id(), List.of()), run.task().answers())
                    .ifPresent(answer ->
                            problems.add(new Problem(each.id(), each.question(), answer.finalAnswer(), answer.text())));
        }
        return problems;
    }

    /** The new problems; none where none were made. */
    static List<Problem> problems(LoopRun run) {
        Path file = run.folder().evolved().problems();
        return Files.exists(file) ? JsonRows.readAll(file, RecordRows::problem) : List.of();
    }

    /** The kept corrections of the new problems' wrong paths. */
    static List<KeptCorrection> kept(LoopRun run, List<Problem> problems) {
        EvolvedFiles files = run.folder().evolved();
        return problems.isEmpty()
                ? List.of()
                : RowPool.kept(
                        JsonRows.readAll(files.corrections(), RecordRows::correction),
                        problems,
                        JsonRows.readAll(files.paths(), RecordRows::path));
    }

    /** The chain-of-thought row of a new problem. */
    static TrainingRow row(Task task, Problem problem) {
        TrainingRow row = task.cotRow(problem);
        return new TrainingRow(row.prompt(), row.completion(), KIND, row.problemId());
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        EvolvedFiles files = run.folder().evolved();
        Summary.Evolved evolved = Summarizer.evolved(files);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("questions", evolved.questions());
        counts.put("problems", evolved.problems());
        counts.put("corrections", evolved.corrections());
        return counts;
    }
}
