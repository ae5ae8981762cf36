package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.engine.ModelChoice;
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
    public boolean computesBf16(LoopConfig config) {
        return config.precision(config.eval().dtype()).computesBf16();
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean trained = config.armNames().stream()
                .allMatch(arm -> Files.exists(folder.evaluation(arm)) || TrainStage.isTrained(folder, arm));
        if (!trained) {
            return Optional.of("train-arms");
        }
        boolean chosen = config.choose() == null || Files.exists(folder.choices());
        return chosen ? Optional.empty() : Optional.of("choose");
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

    private static Basis basis(RunFolder folder, LoopConfig config, String arm) {
        return arm.equals(BASE)
                ? GreedyAnswers.basis(config, "of the base", folder.heldOut(), "train.adapter")
                : GreedyAnswers.basis(
                        config, RunFolder.hash(ArmResult.of(folder, config, arm).weights()), folder.heldOut());
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
        GreedyAnswers answers =
                GreedyAnswers.to(run.folder().shard().of(run.problems().heldOut()), run);
        for (String arm : contestants(run.config())) {
            TwinArm.evaluated(run, arm).ifPresent(twin -> TwinArm.copyEvaluation(run.folder(), twin, arm));
            answers.write(
                    run.folder().evaluation(arm),
                    choice(run, arm, run.config().eval().dtype()),
                    "eval " + arm);
        }
    }

    static ModelChoice choice(LoopRun run, String arm, String dtype) {
        return arm.equals(BASE) ? run.base(dtype) : run.trained(ArmResult.of(run.folder(), run.config(), arm), dtype);
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("arms", Summarizer.arms(run.folder(), run.config()));
        return result;
    }
}
