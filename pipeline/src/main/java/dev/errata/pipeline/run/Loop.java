package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.correct.openai.OpenAiCorrector;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.Sha256;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.folder.InputFile;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Summary;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;

/** The loop: sample, augment, correct, evolve, filter, train, choose, evaluate, report; the whole of it, or one stage. */
public final class Loop {
    private Loop() {}

    /**
     * What the whole loop gave.
     *
     * @param already whether it was finished before
     */
    public record Outcome(Summary summary, boolean already) {}

    /** Runs every stage that isn't done. */
    public static Outcome all(LoopConfig config, Surroundings surroundings) {
        return all(config, null, surroundings);
    }

    /**
     * The same, and takes over from another run what would come out the same.
     *
     * @param from that run's folder, or null
     */
    public static Outcome all(LoopConfig config, Path from, Surroundings surroundings) {
        List<Stage> stages = Stages.of(config);
        TakeOver other = from == null ? null : TakeOver.of(from, config.output());
        List<Stage> worked = stages.stream()
                .filter(stage -> other == null || !other.mayGive(stage, config))
                .toList();
        Consumer<ProblemSets> look = problems -> {
            if (config.augment() == null) {
                problems.requireRationales();
            }
            lookAhead(config, surroundings);
        };
        try (LoopRun run = LoopRun.open(config, WorkShard.WHOLE, surroundings, worked, look)) {
            boolean already = true;
            for (Stage stage : stages) {
                if (stage.isDone(run.folder(), config)) {
                    noteDone(stage, run);
                    continue;
                }
                already = false;
                if (other != null) {
                    other.take(stage, run);
                }
                timed(stage, run, null);
            }
            return new Outcome(summary(run.folder()), already);
        }
    }

    /**
     * Looks whether a run could be made, and makes nothing: its inputs, its folder, the tokenizer and the template, the
     * adapter's names, the key variable, memory and disk.
     *
     * @return lines that say what was found
     * @throws BadInputException if it can't be made
     */
    public static List<String> validate(LoopConfig config, Surroundings surroundings) {
        List<String> found = new ArrayList<>();
        ProblemSets problems = ProblemSets.read(config, surroundings.progress()::say);
        found.add("problems: " + problems.taken().size() + " to sample of "
                + problems.all().size() + ", " + problems.heldOut().size() + " held out");
        RunFolder folder = new RunFolder(config.output());
        Manifest before = Manifest.read(folder);
        SortedMap<String, InputFile> inputs = RunSettings.lookAt(
                RunSettings.inputs(config),
                before == null ? Map.of() : before.provenance().inputs());
        found.add("inputs: " + String.join(", ", inputs.keySet()));
        if (before != null && folder.holdsWork()) {
            before.provenance().requireSettings(RunSettings.compared(config, inputs), folder.path());
            found.add("output: begun with this config, " + folder.path());
        }
        String arm = config.armNames().getFirst();
        surroundings
                .engine()
                .get()
                .look(config.training(arm, folder.rows(arm), folder.training(arm)), surroundings.hardware());
        found.add("training: fits into memory and disk");
        if (config.asks("openai")) {
            OpenAiCorrector.requireReady(
                    config.correct().openai(), System.getenv(), false, surroundings.progress()::say);
        }
        found.add("corrector: " + config.correct().corrector());
        return found;
    }

    /** What training needs is looked at before hours of sampling. */
    private static void lookAhead(LoopConfig config, Surroundings surroundings) {
        RunFolder folder = new RunFolder(config.output());
        for (String arm : config.armNames()) {
            if (!TrainStage.isTrained(folder, arm)) {
                TrainConfig training = config.training(arm, folder.rows(arm), folder.training(arm));
                surroundings.engine().get().look(training, surroundings.hardware());
                return;
            }
        }
    }

    /**
     * Runs one stage.
     *
     * @param input another input than what the stage before it left, or null
     * @param shard the part of its records to make
     * @return the summary for {@code report}; for the others the run's folder and counts of what the stage made
     */
    public static Object stage(String name, LoopConfig config, Path input, WorkShard shard, Surroundings surroundings) {
        Stage stage = Stages.named(name);
        if (!stage.isConfigured(config)) {
            throw new BadInputException(
                    "the config doesn't ask for stage " + name, "the config", "add the block " + name + " to it");
        }
        RunFolder folder = new RunFolder(config.output(), shard);
        if (input != null && !stage.takesInput()) {
            throw new BadInputException(
                    "stage " + name + " takes no input",
                    input.toString(),
                    "leave input=FILE out, the config names its files");
        }
        if (!stage.isDone(folder, config)) {
            stage.lacks(folder, config, input).ifPresent(missing -> {
                throw new BadInputException(
                        "nothing there yet for " + name, folder.path().toString(), "run stage " + missing + " first");
            });
        }
        try (LoopRun run = LoopRun.open(config, shard, surroundings, List.of(stage))) {
            requireSameInput(stage, run, input);
            if (stage.isDone(folder, config)) {
                noteDone(stage, run);
                surroundings.progress().say(name + " is done already");
            } else {
                timed(stage, run, input);
            }
            return stage instanceof ReportStage ? summary(folder) : result(stage, run);
        }
    }

    private static Map<String, Object> result(Stage stage, LoopRun run) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("run", run.folder().path().toString());
        result.put("stage", stage.name());
        result.putAll(stage.result(run));
        return result;
    }

    /** A stage that was begun with one input doesn't go on with another. */
    private static void requireSameInput(Stage stage, LoopRun run, Path input) {
        if (input == null) {
            return;
        }
        Manifest.StageEntry before = run.manifest().stages().get(entry(stage, run));
        String hash = hash(input);
        boolean begun = before != null || stage.isDone(run.folder(), run.config());
        if (begun && (before == null || !hash.equals(before.input()))) {
            throw new BadInputException(
                    "stage " + stage.name() + " was begun with another input",
                    run.folder().path().toString(),
                    "choose another output or give it the same file");
        }
    }

    private static String hash(Path input) {
        try {
            return Sha256.of(input);
        } catch (IOException e) {
            throw new BadInputException("the input cannot be read", input.toString(), "check its permissions", e);
        }
    }

    private static void timed(Stage stage, LoopRun run, Path input) {
        String entry = entry(stage, run);
        Manifest.StageEntry before = run.manifest()
                .stages()
                .getOrDefault(entry, new Manifest.StageEntry(input == null ? null : hash(input), 0, false, null));
        before = StageUnits.on(stage, before, run);
        run.note(entry, before);
        long begun = System.nanoTime();
        StageEvent event = new StageEvent();
        event.stage = stage.name();
        event.begin();
        stage.run(run, input);
        event.commit();
        double seconds = Math.round((System.nanoTime() - begun) / 1e6) / 1e3;
        run.note(entry, before.worked(seconds, true));
    }

    /** A process that was killed right after the stage's last file didn't say that the stage is finished. */
    private static void noteDone(Stage stage, LoopRun run) {
        String entry = entry(stage, run);
        Manifest.StageEntry before = run.manifest().stages().get(entry);
        if (before != null && !before.finished()) {
            run.note(entry, before.worked(0, true));
        }
    }

    /** The name of a stage, or of a part of it, in the manifest. */
    private static String entry(Stage stage, LoopRun run) {
        WorkShard shard = run.folder().shard();
        return shard.isWhole() ? stage.name() : stage.name() + " " + shard;
    }

    private static Summary summary(RunFolder folder) {
        try {
            return Json.MAPPER.readValue(Files.readString(folder.summary()), Summary.class);
        } catch (IOException e) {
            throw new BadInputException(
                    "the summary cannot be read", folder.summary().toString(), "delete it and run report again", e);
        }
    }
}
