package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.folder.VerifiedCopy;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Trains each arm on its rows. */
record TrainStage() implements Stage {
    @Override
    public String name() {
        return "train-arms";
    }

    @Override
    public String description() {
        return "Train an adapter for each arm.";
    }

    @Override
    public String folder() {
        return "train";
    }

    @Override
    public boolean takesInput() {
        return true;
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean there = input != null
                || config.armNames().stream().allMatch(arm -> Files.exists(folder.rows(arm)) || isTrained(folder, arm));
        return there ? Optional.empty() : Optional.of("filter");
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return config.armNames().stream()
                .map(arm -> new StagePiece(
                        arm, folder.training(arm), () -> isTrained(folder, arm), () -> basis(folder, config, arm)))
                .toList();
    }

    private static Basis basis(RunFolder folder, LoopConfig config, String arm) {
        TrainSettings settings =
                config.training(arm, folder.rows(arm), folder.training(arm)).settings();
        String length = settings.steps() == null ? settings.epochs() + " epochs" : settings.steps() + " steps";
        Map<String, String> made = new TreeMap<>();
        made.put("rows", RunFolder.hash(folder.rows(arm)));
        made.put("steps", length);
        if (settings.keepsAllResults()) {
            made.put("kept checkpoints", "each of " + settings.checkpointEvery() + " steps");
        }
        return new Basis(
                Set.of("model", "prompt", "date", "seed", "train"),
                Set.of("train.steps", "train.epochs", "train.checkpoint_every", "train.keep_results"),
                made,
                null);
    }

    /** Its summary is the last file that a training writes. */
    static boolean isTrained(RunFolder folder, String arm) {
        return Files.exists(folder.trainingSummary(arm));
    }

    @Override
    public void run(LoopRun run, Path input) {
        LoopConfig config = run.config();
        if (input != null && config.armNames().size() != 1) {
            throw new BadInputException(
                    "training rows are given for " + config.armNames().size() + " arms",
                    input.toString(),
                    "name the one arm, as in arms=[lema]");
        }
        for (String arm : config.armNames()) {
            if (!isTrained(run.folder(), arm)) {
                Path rows = input == null ? run.folder().rows(arm) : input;
                run.surroundings().stop().check();
                Optional<String> twin = input == null ? TwinArm.trained(run, arm) : Optional.empty();
                if (twin.isPresent() && !Files.exists(run.folder().training(arm))) {
                    run.surroundings()
                            .progress()
                            .say("train: arm " + arm + " has the rows of " + twin.get()
                                    + ", so that training is taken for both");
                    VerifiedCopy.ofFolder(
                            run.folder().training(twin.get()),
                            run.folder().training(arm),
                            copy -> writeConfig(run, arm, copy));
                    continue;
                }
                run.surroundings().progress().say("train: arm " + arm);
                run.engine()
                        .train(
                                config.training(arm, rows, run.folder().training(arm)),
                                run.surroundings().hardware(),
                                run.surroundings().progress(),
                                run.surroundings().stop());
            }
        }
    }

    /** Gives the copy of another arm's training the config of this arm. */
    static void writeConfig(LoopRun run, String arm, Path copy) {
        RunFolder folder = run.folder();
        AtomicFile.write(
                copy.resolve("config.yaml"),
                ConfigText.yaml(run.config().training(arm, folder.rows(arm), folder.training(arm))));
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("adapters", Summarizer.adapters(run.folder(), run.config()));
        return result;
    }
}
