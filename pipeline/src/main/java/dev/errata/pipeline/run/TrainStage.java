package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Trains each arm on its rows. */
record TrainStage() implements Stage {
    @Override
    public String name() {
        return "train-arms";
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        boolean there = input != null
                || config.armNames().stream().allMatch(arm -> Files.exists(folder.rows(arm)) || isTrained(folder, arm));
        return there ? Optional.empty() : Optional.of("filter");
    }

    @Override
    public boolean isDone(RunFolder folder, LoopConfig config) {
        return config.armNames().stream().allMatch(arm -> isTrained(folder, arm));
    }

    /** Its summary is the last file that a training writes. */
    static boolean isTrained(RunFolder folder, String arm) {
        return Files.exists(folder.trainingSummary(arm));
    }

    @Override
    public boolean takesInput() {
        return true;
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
                    TwinArm.copyTraining(run.folder(), twin.get(), arm);
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

    @Override
    public Map<String, Object> result(LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("adapters", Summarizer.adapters(run.folder(), run.config()));
        return result;
    }
}
