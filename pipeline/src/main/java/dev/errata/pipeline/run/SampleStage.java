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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Samples several reasoning paths for each problem. */
record SampleStage() implements Stage {
    @Override
    public String name() {
        return "sample";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return Optional.empty();
    }

    @Override
    public boolean isDone(RunFolder folder, LoopConfig config) {
        return Files.exists(folder.sampled());
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
