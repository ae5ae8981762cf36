package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.SampleConfig;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.tensor.sampling.SamplerSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Samples several reasoning paths for each problem. */
record SampleStage() implements Stage {
    @Override
    public String name() {
        return "sample";
    }

    @Override
    public String description() {
        return "Sample reasoning paths, several for each problem.";
    }

    @Override
    public String folder() {
        return "sample";
    }

    @Override
    public boolean isDivisible() {
        return true;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return Optional.empty();
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return List.of(new StagePiece(name(), folder.sampled(), () -> basis(folder, config.sample())));
    }

    /** A path is made from its problem and its number; how many problems there are changes none of them. */
    private static Basis basis(RunFolder folder, SampleConfig config) {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.addAll(List.of("sample", "seed", "train.adapter"));
        if (config.fewShot() > 0) {
            keys.add("problems");
        }
        List<String> each = RunFolder.lines(folder.problems()).stream()
                .flatMap(problem -> IntStream.range(0, config.samples()).mapToObj(sample -> sample + " " + problem))
                .toList();
        return Basis.ofRecords(keys, Set.of("sample.problems"), each);
    }

    @Override
    public void run(LoopRun run, Path input) {
        SampleConfig config = run.config().sample();
        List<Problem> problems = run.folder().shard().of(run.problems().taken());
        CotPrompts prompts = run.problems().prompts(config.fewShot(), "sample.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), run.config().seed(), config.samples()))
                .toList();
        TextSampling sampling = new TextSampling(
                SamplerSettings.of(config.temperature(), config.topP()), config.maxNewTokens(), config.stop());
        new RequestedTexts(requests, config.limits(), sampling)
                .write(
                        run.folder().sampled(),
                        run,
                        run.base(),
                        "sample",
                        "paths",
                        (request, sample, text) -> path(run, problems.get(request), sample, text));
    }

    private static ReasoningPath path(LoopRun run, Problem problem, int sample, Completion text) {
        String answer = run.task().finalAnswer(text.text(), problem);
        return new ReasoningPath(
                problem.id(),
                sample,
                run.config().model().getFileName().toString(),
                run.config().sample().temperature(),
                run.config().seed(),
                text.text(),
                text.finish(),
                answer,
                run.task().isRight(answer, problem));
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        List<ReasoningPath> paths = JsonRows.readAll(run.folder().sampled(), RecordRows::path);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("paths", paths.size());
        counts.put("wrong", paths.stream().filter(path -> !path.correct()).count());
        return counts;
    }
}
