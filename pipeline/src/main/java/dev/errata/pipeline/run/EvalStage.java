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
import java.util.Set;
import java.util.TreeSet;

/** Lets the base and each arm answer the held-out problems, greedily. */
record EvalStage() implements Stage {
    static final String BASE = "base";

    /** Greedy texts need no random numbers. */
    private static final long NO_SEED = 0;

    @Override
    public String name() {
        return "eval";
    }

    @Override
    public String description() {
        return "Let the base and each arm answer the held-out problems.";
    }

    @Override
    public String folder() {
        return "eval";
    }

    @Override
    public boolean isDivisible() {
        return true;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean trained = config.armNames().stream()
                .allMatch(arm -> Files.exists(folder.evaluation(arm)) || TrainStage.isTrained(folder, arm));
        return trained ? Optional.empty() : Optional.of("train-arms");
    }

    /** The losses come before the answers. */
    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        List<StagePiece> pieces = new ArrayList<>();
        if (folder.shard().index() == 0) {
            pieces.add(StagePiece.madeHere("losses", folder.solutionLoss()));
            pieces.add(StagePiece.madeHere("perplexities", folder.pathPerplexity()));
        }
        for (String arm : contestants(config)) {
            pieces.add(new StagePiece(arm, folder.evaluation(arm), () -> basis(folder, config, arm)));
        }
        return pieces;
    }

    /** A greedy answer is made from its problem and the model's weights; it needs no seed. */
    private static Basis basis(RunFolder folder, LoopConfig config, String arm) {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.add("eval");
        if (config.eval().fewShot() > 0) {
            keys.add("problems");
        }
        if (arm.equals(BASE)) {
            keys.add("train.adapter");
        }
        Path weights = config.train().fullFineTuning()
                ? folder.model(arm)
                : folder.adapter(arm).resolve("adapter_model.safetensors");
        return new Basis(
                keys,
                Set.of("eval.problems"),
                Map.of("weights", arm.equals(BASE) ? "of the base" : RunFolder.hash(weights)),
                RunFolder.lines(folder.heldOut()));
    }

    /** The base and the arms. */
    static List<String> contestants(LoopConfig config) {
        List<String> all = new ArrayList<>(List.of(BASE));
        all.addAll(config.armNames());
        return all;
    }

    @Override
    public void run(LoopRun run, Path input) {
        LossMeasurement.write(run);
        EvalConfig config = run.config().eval();
        List<Problem> problems = run.folder().shard().of(run.problems().heldOut());
        CotPrompts prompts = run.problems().prompts(config.fewShot(), "eval.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), NO_SEED, 1))
                .toList();
        RequestedTexts texts = new RequestedTexts(
                requests, config.limits(), TextSampling.greedy(config.maxNewTokens(), config.stop()));
        for (String arm : contestants(run.config())) {
            TwinArm.evaluated(run, arm).ifPresent(twin -> TwinArm.copyEvaluation(run.folder(), twin, arm));
            ModelChoice choice = choice(run, arm, config.dtype());
            texts.write(
                    run.folder().evaluation(arm),
                    run,
                    () -> run.engine().open(choice),
                    "eval " + arm,
                    "problems",
                    (request, sample, all) -> evaluation(run, problems.get(request), all.get(sample)));
        }
    }

    static ModelChoice choice(LoopRun run, String arm, String dtype) {
        return arm.equals(BASE) ? run.base(dtype) : run.trained(arm, dtype);
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
