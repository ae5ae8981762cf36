package dev.errata.pipeline.run;

import dev.errata.pipeline.config.EvalConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lets the base and each arm answer the held-out problems, greedily. */
record EvalStage() implements Stage {
    static final String BASE = "base";

    @Override
    public String name() {
        return "eval";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean trained = config.armNames().stream()
                .allMatch(arm -> Files.exists(folder.evaluation(arm)) || TrainStage.isTrained(folder, arm));
        return trained ? Optional.empty() : Optional.of("train-arms");
    }

    @Override
    public boolean isDone(RunFolder folder, LoopConfig config) {
        return contestants(config).stream().allMatch(arm -> Files.exists(folder.evaluation(arm)));
    }

    /** The base and the arms. */
    static List<String> contestants(LoopConfig config) {
        List<String> all = new ArrayList<>(List.of(BASE));
        all.addAll(config.armNames());
        return all;
    }

    @Override
    public void run(LoopRun run, Path input) {
        LossMeasurement.write(run); // before the answers, which say that the stage is done
        EvalConfig config = run.config().eval();
        List<Problem> problems = run.folder().shard().of(run.problems().heldOut());
        CotPrompts prompts = run.problems().prompts(config.fewShot(), "eval.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), run.config().seed(), 1))
                .toList();
        RequestedTexts texts = new RequestedTexts(
                requests, config.limits(), TextSampling.greedy(config.maxNewTokens(), config.stop()));
        for (String arm : contestants(run.config())) {
            TwinArm.evaluated(run, arm).ifPresent(twin -> TwinArm.copyEvaluation(run.folder(), twin, arm));
            ModelChoice choice = choice(run, arm);
            texts.write(
                    run.folder().evaluation(arm),
                    run,
                    choice,
                    "eval " + arm,
                    "problems",
                    (request, sample, text) -> evaluation(run, problems.get(request), text));
        }
    }

    static ModelChoice choice(LoopRun run, String arm) {
        return arm.equals(BASE) ? run.base() : run.trained(arm);
    }

    private static Evaluation evaluation(LoopRun run, Problem problem, Completion text) {
        String answer = run.task().finalAnswer(text.text(), problem);
        return new Evaluation(
                problem.id(), text.text(), text.finish(), answer, run.task().isRight(answer, problem));
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("arms", Summarizer.arms(run.folder(), run.config()));
        return result;
    }
}
