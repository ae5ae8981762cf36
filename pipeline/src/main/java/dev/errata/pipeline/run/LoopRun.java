package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.folder.InputFile;
import dev.errata.pipeline.folder.OutputFolder;
import dev.errata.pipeline.folder.Provenance;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A run at work: its config, its locked folder, its problems, and what it works with. */
final class LoopRun implements AutoCloseable {
    private final LoopConfig config;
    private final RunFolder folder;
    private final ProblemSets problems;
    private final Surroundings surroundings;
    private final RunLock lock;
    private Manifest manifest;
    private Engine engine;

    private LoopRun(
            LoopConfig config, RunFolder folder, ProblemSets problems, Surroundings surroundings, RunLock lock) {
        this.config = config;
        this.folder = folder;
        this.problems = problems;
        this.surroundings = surroundings;
        this.lock = lock;
    }

    /**
     * Opens a run, new or begun. One that another config made is refused and stays as it is.
     *
     * @param shard the part of the records that is worked on
     * @param stages those that will run: what they need is looked at before the folder is made
     */
    static LoopRun open(LoopConfig config, WorkShard shard, Surroundings surroundings, List<Stage> stages) {
        return open(config, shard, surroundings, stages, problems -> {});
    }

    /**
     * The same.
     *
     * @param look what else is looked at before the folder is made: a run that is refused leaves nothing
     */
    static LoopRun open(
            LoopConfig config,
            WorkShard shard,
            Surroundings surroundings,
            List<Stage> stages,
            Consumer<ProblemSets> look) {
        RunFolder folder = new RunFolder(config.output(), shard);
        ProblemSets problems = ProblemSets.read(config, surroundings.progress()::say);
        Manifest before = Manifest.read(folder);
        SortedMap<String, InputFile> inputs = RunSettings.lookAt(
                RunSettings.inputs(config),
                before == null ? Map.of() : before.provenance().inputs());
        stages.stream()
                .filter(stage -> !stage.isDone(folder, config))
                .forEach(stage -> stage.lookAhead(config, folder, surroundings.progress()));
        look.accept(problems);
        OutputFolder.require(folder.path());
        LoopRun run = new LoopRun(config, folder, problems, surroundings, RunLock.take(folder.path()));
        try {
            run.begin(inputs);
            return run;
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private void begin(SortedMap<String, InputFile> inputs) {
        SortedMap<String, String> settings = RunSettings.compared(config, inputs);
        manifest = Manifest.read(folder);
        if (manifest != null && folder.holdsWork()) {
            manifest.provenance().requireSettings(settings, folder.path());
        } else if (manifest == null && (Files.exists(folder.problems()) || Files.exists(folder.sampled()))) {
            throw new BadInputException(
                    "records without a manifest", folder.path().toString(), "choose another output");
        } else {
            manifest = new Manifest(Provenance.here(config.seed(), settings, inputs), new TreeMap<>());
            manifest.write(folder);
            AtomicFile.write(folder.config(), ConfigText.yaml(config));
            AtomicFile.write(folder.problems(), lines(problems.taken()));
            AtomicFile.write(folder.heldOut(), lines(problems.heldOut()));
        }
        writeOnce(folder.config(), ConfigText.yaml(config));
        writeOnce(folder.problems(), lines(problems.taken()));
        writeOnce(folder.heldOut(), lines(problems.heldOut()));
        if (config.choose() != null) {
            writeOnce(folder.choosing(), lines(problems.choosing()));
        }
    }

    private static void writeOnce(Path file, String text) {
        if (!Files.exists(file)) {
            AtomicFile.write(file, text);
        }
    }

    private static String lines(List<Problem> problems) {
        return problems.stream().map(each -> Json.line(each) + "\n").collect(Collectors.joining());
    }

    LoopConfig config() {
        return config;
    }

    RunFolder folder() {
        return folder;
    }

    ProblemSets problems() {
        return problems;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    Manifest manifest() {
        return manifest;
    }

    /** Notes what is known of a stage. */
    void note(String stage, Manifest.StageEntry entry) {
        if (!entry.equals(manifest.stages().get(stage))) {
            manifest = manifest.withStage(stage, entry);
            manifest.write(folder);
        }
    }

    Engine engine() {
        if (engine == null) {
            engine = surroundings.engine().get();
        }
        return engine;
    }

    /** Reads, words and judges the run's problems. */
    Task task() {
        return Tasks.named(config.task(), "task");
    }

    /**
     * The base as it is sampled and evaluated: quantized as in training, with the adapter that training starts from.
     *
     * @param dtype what it computes in, or null: as in training
     */
    ModelChoice base(String dtype) {
        return new ModelChoice(
                config.model(),
                config.train().quantization(),
                config.precision(dtype),
                config.train().adapter(),
                config.prompt(),
                config.date(),
                surroundings.hardware());
    }

    /**
     * A model beside the run's own, quantized alike: a model's folder or file, or an adapter's folder, which stands for the
     * run's model with it.
     */
    ModelChoice other(Path model, String dtype) {
        boolean adapter = Files.exists(model.resolve("adapter_config.json"));
        return new ModelChoice(
                adapter ? config.model() : model,
                config.train().quantization(),
                config.precision(dtype),
                adapter ? model : null,
                config.prompt(),
                config.date(),
                surroundings.hardware());
    }

    /** What records call a model: the last part of its path, and where a run's adapter is added, the arm. */
    String label(ModelChoice choice) {
        String name = choice.model().getFileName().toString();
        Path adapter = choice.adapter();
        if (adapter == null || adapter.equals(config.train().adapter())) {
            return name;
        }
        Path parent = adapter.toAbsolutePath().normalize().getParent();
        return name + " + " + (parent == null ? "" : parent.getFileName() + "/") + adapter.getFileName();
    }

    /** What a training gave, as it answers. */
    ModelChoice trained(ArmResult result, String dtype) {
        return new ModelChoice(
                result.isModel() ? result.folder() : config.model(),
                config.train().quantization(),
                config.precision(dtype),
                result.isModel() ? null : result.folder(),
                config.prompt(),
                config.date(),
                surroundings.hardware());
    }

    /** The problem of this id among all problems, or null. */
    Problem problem(String id) {
        return problems.all().get(id);
    }

    @Override
    public void close() {
        lock.close();
    }
}
