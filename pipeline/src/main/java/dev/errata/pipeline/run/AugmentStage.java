package dev.errata.pipeline.run;

import dev.errata.pipeline.config.AugmentConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.SampleConfig;
import dev.errata.pipeline.correct.EquationList;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.AugmentedPath;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Writes further solutions of the problems taken and keeps those that are right and new (Section 3.2 of arXiv 2310.20689;
 * equal ones are told by their equations, as in arXiv 2308.01825).
 */
record AugmentStage() implements Stage {
    /** What records call the training rows of these solutions. */
    private static final String KIND = "augmented";

    @Override
    public String name() {
        return "augment";
    }

    @Override
    public String description() {
        return "Write further solutions of the problems and keep those that are right and new.";
    }

    @Override
    public String folder() {
        return "augment";
    }

    @Override
    public boolean computesBf16(LoopConfig config) {
        return config.augment().from().equals("model")
                && config.precision(config.sample().dtype()).computesBf16();
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return Optional.empty();
    }

    @Override
    public boolean isConfigured(LoopConfig config) {
        return config.augment() != null;
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return List.of(new StagePiece(name(), folder.augmented(), () -> basis(folder, config)));
    }

    /** A solution is made from its problem and its number; whether it is kept depends on those of its problem before it. */
    private static Basis basis(RunFolder folder, LoopConfig config) {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.addAll(List.of(
                "augment",
                "seed",
                "sample.dtype",
                "sample.few_shot",
                "sample.max_new_tokens",
                "sample.stop",
                "sample.top_p"));
        keys.add(config.augment().from().equals("openai") ? "correct.openai" : "train.adapter");
        if (config.sample().fewShot() > 0) {
            keys.add("problems");
        }
        List<String> each = RunFolder.lines(folder.problems()).stream()
                .flatMap(problem ->
                        IntStream.range(0, config.augment().samples()).mapToObj(sample -> sample + " " + problem))
                .toList();
        return Basis.ofRecords(keys, Set.of("augment.rows"), each);
    }

    @Override
    public void lookAhead(LoopConfig config, RunFolder folder, Progress progress) {
        TextSource.lookAhead(config.augment().from(), config, folder, progress);
    }

    @Override
    public void run(LoopRun run, Path input) {
        AugmentConfig config = run.config().augment();
        SampleConfig sample = run.config().sample();
        List<Problem> problems = run.problems().taken();
        CotPrompts prompts = run.problems().prompts(sample.fewShot(), "sample.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), run.config().seed(), config.samples()))
                .toList();
        TextSampling sampling = new TextSampling(
                SamplerSettings.of(config.temperature(), sample.topP()), sample.maxNewTokens(), sample.stop());
        TextSource source = TextSource.of(config.from(), run);
        new RequestedTexts(requests, sample.limits(), sampling)
                .write(
                        run.folder().augmented(),
                        run,
                        source::open,
                        "augment",
                        "paths",
                        (request, number, texts) -> path(run, source.name(), problems.get(request), number, texts));
    }

    /** @param texts all of the problem: an earlier one may say the same */
    private static AugmentedPath path(LoopRun run, String model, Problem problem, int sample, List<Completion> texts) {
        Set<List<String>> known = new HashSet<>();
        if (problem.rationale() != null) {
            known.add(EquationList.of(problem.rationale()));
        }
        String reason = null;
        for (int i = 0; i <= sample; i++) {
            reason = reason(run, problem, texts.get(i), known);
        }
        Completion text = texts.get(sample);
        return new AugmentedPath(
                problem.id(),
                sample,
                model,
                run.config().augment().temperature(),
                run.config().seed(),
                text.text(),
                text.finish(),
                run.task().finalAnswer(text.text(), problem),
                reason == null,
                reason);
    }

    /** Why a text isn't kept, or null; what is kept is known from then on. */
    private static String reason(LoopRun run, Problem problem, Completion text, Set<List<String>> known) {
        if (text.finish().startsWith(Rejection.REFUSED)) {
            return text.finish();
        }
        if (text.finish().equals("length")) {
            return Rejection.UNFINISHED;
        }
        String answer = run.task().finalAnswer(text.text(), problem);
        if (!run.task().isRight(answer, problem)) {
            return Rejection.WRONG_ANSWER;
        }
        if (Steps.of(text.text()).isEmpty()) {
            return Rejection.NO_STEPS;
        }
        return known.add(EquationList.of(text.text())) ? null : Rejection.DUPLICATE;
    }

    /** The training rows of what was kept; none where nothing was written. */
    static List<TrainingRow> rows(LoopRun run) {
        if (!Files.exists(run.folder().augmented())) {
            return List.of();
        }
        List<TrainingRow> rows = new ArrayList<>();
        for (AugmentedPath each : JsonRows.readAll(run.folder().augmented(), RecordRows::augmented)) {
            Problem problem = run.problem(each.problemId());
            if (each.kept() && problem != null) {
                rows.add(new TrainingRow(
                        run.task().prompt(problem),
                        CotFormat.completion(Steps.of(each.text()), problem.answer()),
                        KIND,
                        problem.id()));
            }
        }
        Integer most =
                run.config().augment() == null ? null : run.config().augment().rows();
        if (most == null || rows.size() <= most) {
            return rows;
        }
        int[] order = Philox.permutation(run.config().seed(), Philox.stream("solutions that become rows"), rows.size());
        return Arrays.stream(order, 0, most).sorted().mapToObj(rows::get).toList();
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Summary.Corrections written = Summarizer.augmented(run.folder());
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("paths", written.total());
        counts.put("kept", written.kept());
        counts.put("rejected", written.rejected());
        return counts;
    }
}
