package dev.errata.pipeline.run;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.record.CheckpointChoice;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.tensor.BadInputException;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Chooses which checkpoint of each arm is evaluated, by problems that are neither trained on nor held out. (The paper, arXiv
 * 2310.20689, reports each arm's best checkpoint on the test set itself.)
 */
record ChooseStage() implements Stage {
    @Override
    public String name() {
        return "choose";
    }

    @Override
    public String description() {
        return "Choose a checkpoint of each arm by problems set apart for that.";
    }

    @Override
    public String folder() {
        return "choose";
    }

    @Override
    public boolean isConfigured(LoopConfig config) {
        return config.choose() != null;
    }

    @Override
    public boolean computesBf16(LoopConfig config) {
        return config.precision(config.eval().dtype()).computesBf16();
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean trained = config.armNames().stream().allMatch(arm -> TrainStage.isTrained(folder, arm));
        return trained ? Optional.empty() : Optional.of("train-arms");
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        List<StagePiece> pieces = new ArrayList<>();
        for (String arm : config.armNames()) {
            for (int step : steps(folder, config, arm)) {
                pieces.add(new StagePiece(
                        arm + " step " + step, folder.choosing(arm, step), () -> basis(folder, config, arm, step)));
            }
        }
        pieces.add(StagePiece.madeHere("choices", folder.choices()));
        return pieces;
    }

    private static Basis basis(RunFolder folder, LoopConfig config, String arm, int step) {
        Path weights = ArmResult.at(folder, config, arm, step).weights();
        return GreedyAnswers.basis(config, RunFolder.hash(weights), folder.choosing());
    }

    /** The steps of an arm's checkpoints whose results were kept; none before it is trained. */
    private static List<Integer> steps(RunFolder folder, LoopConfig config, String arm) {
        return TrainStage.isTrained(folder, arm)
                ? TrainingCheckpoint.results(ArmResult.checkpoints(folder, config, arm))
                : List.of();
    }

    @Override
    public void run(LoopRun run, Path input) {
        RunFolder folder = run.folder();
        GreedyAnswers answers = GreedyAnswers.to(run.problems().choosing(), run);
        SortedMap<String, CheckpointChoice> choices = new TreeMap<>();
        for (String arm : run.config().armNames()) {
            List<CheckpointChoice.Checkpoint> checkpoints = new ArrayList<>();
            for (int step : steps(folder, run.config(), arm)) {
                Path file = folder.choosing(arm, step);
                ArmResult result = ArmResult.at(folder, run.config(), arm, step);
                answers.write(
                        file, run.trained(result, run.config().eval().dtype()), "choose " + arm + ", step " + step);
                List<Evaluation> rows = JsonRows.readAll(file, RecordRows::evaluation);
                int correct = (int) rows.stream().filter(Evaluation::correct).count();
                checkpoints.add(new CheckpointChoice.Checkpoint(step, correct, rows.size()));
            }
            if (checkpoints.isEmpty()) {
                throw new BadInputException(
                        "no checkpoint of " + arm + " has its result",
                        folder.training(arm).toString(),
                        "choose another output, so that it is trained anew");
            }
            CheckpointChoice choice = CheckpointChoice.of(checkpoints);
            run.surroundings().progress().say("choose: " + arm + " after step " + choice.step());
            choices.put(arm, choice);
        }
        AtomicFile.write(folder.choices(), Json.page(choices));
    }

    /** What was chosen, by arm; nothing where nothing was. */
    static SortedMap<String, CheckpointChoice> choices(RunFolder folder) {
        if (!Files.exists(folder.choices())) {
            return new TreeMap<>();
        }
        try {
            return Json.MAPPER.readValue(Files.readString(folder.choices()), new TypeReference<>() {});
        } catch (IOException e) {
            throw new BadInputException(
                    "not the choices of checkpoints", folder.choices().toString(), "delete it and run choose again", e);
        }
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("choices", choices(run.folder()));
        return result;
    }
}
