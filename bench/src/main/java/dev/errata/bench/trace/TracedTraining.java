package dev.errata.bench.trace;

import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.rows.TrainingData;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryPlan;
import dev.errata.train.PlannedBatches;
import dev.errata.train.Progress;
import dev.errata.train.ReadyTraining;
import dev.errata.train.StepRecord;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A training that is brought to one of its steps without writing into its folder. Each step is a pure function of the settings
 * and of what the one before left, so it is the very step of the run, whatever checkpoint one begins from.
 *
 * @param config with an output of its own
 * @param checkpoints a run's, or a folder that isn't there
 * @param logged the run's steps, or none
 * @param firstRowsAlone whether every step reads the rows that are the first step's
 */
public record TracedTraining(
        TrainConfig config,
        Path checkpoints,
        Hardware hardware,
        Progress progress,
        StopSignal stop,
        List<StepRecord> logged,
        boolean firstRowsAlone) {
    /**
     * Reads model and rows anew and makes the steps before one, from the nearest checkpoint on.
     *
     * @param watch puts a backend around the device's
     * @param loaded told when the model and its optimizer are there
     * @param look what is done then
     */
    public <B extends Backend, R> R before(
            int step, Function<Backend, B> watch, Consumer<B> loaded, StepLook<B, R> look) {
        ModelSource source = ModelSource.open(config.model());
        TrainingData data;
        try {
            data = TrainingData.read(config, source.config().vocabSize(), () -> TrainingData.text(config, source));
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        B backend = watch.apply(OpenModel.backend(hardware));
        try (backend;
                ReadyTraining training = new ReadyTraining(config, source, backend, rows(data))) {
            require(step, training.steps());
            loaded.accept(backend);
            int done = training.resume(checkpoints, step - 1, progress::say);
            training.seen(logged.stream().filter(made -> made.step() <= done).toList());
            try (Progress.Bar bar = progress.begin("before step " + step, "steps", 0, step - 1 - done)) {
                for (int k = done + 1; k < step; k++) {
                    stop.check();
                    training.step(k);
                    bar.advance(1);
                }
            }
            return look.at(training, backend);
        }
    }

    /** What is done at the step. */
    public interface StepLook<B, R> {
        R at(ReadyTraining training, B backend);
    }

    /** The same with the first step's rows in every step. */
    public TracedTraining ofFirstRows() {
        return new TracedTraining(config, checkpoints, hardware, progress, stop, logged, true);
    }

    /** The same on another device. */
    public TracedTraining on(String device) {
        return new TracedTraining(
                config, checkpoints, new Hardware(hardware.threads(), device), progress, stop, logged, firstRowsAlone);
    }

    /** What the training would hold. */
    MemoryPlan plan() {
        try (ModelSource source = ModelSource.open(config.model())) {
            TrainingData data =
                    TrainingData.read(config, source.config().vocabSize(), () -> TrainingData.text(config, source));
            return MemoryPlan.of(
                    source.config(),
                    config.model(),
                    config.settings(),
                    PlannedBatches.of(config.settings(), config.seed(), data.examples(), data.validation()),
                    MemoryBudget.of(hardware.device()));
        }
    }

    private List<Example> rows(TrainingData data) {
        List<Example> all = data.examples();
        return firstRowsAlone
                ? all.subList(0, Math.min(all.size(), config.settings().stepRows()))
                : all;
    }

    private void require(int step, int steps) {
        if (step > steps) {
            throw new BadInputException(
                    "the training has " + steps + " steps, not " + step, "--step", "give a step from 1 to " + steps);
        }
    }
}
