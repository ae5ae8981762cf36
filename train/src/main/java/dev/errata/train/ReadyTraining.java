package dev.errata.train;

import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.RowOrder;
import dev.errata.train.optimizer.Descent;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A training that is ready to make its steps: the model with what is trained of it, its optimizer, the order of its rows.
 * It writes nothing but the file of paged optimizer states, into the config's output folder.
 */
public final class ReadyTraining implements AutoCloseable {
    private final TrainedModel model;
    private final Scope scope;
    private final Descent optimizer;
    private final TrainingStep step;
    private final int steps;

    /**
     * A training that recomputes as its own plan says.
     *
     * @param source the model; closed with this
     * @param examples at least one, each with a target
     * @throws BadInputException if the model can't be trained as the config says
     */
    public ReadyTraining(TrainConfig config, ModelSource source, Backend backend, List<Example> examples) {
        this(config, source, backend, examples, MemoryPlan.recomputedBlocks(config, source, backend.name(), examples));
    }

    /**
     * The same by a plan that was made before.
     *
     * @param recomputedBlocks how many of the first blocks are run again for their gradients
     */
    ReadyTraining(
            TrainConfig config, ModelSource source, Backend backend, List<Example> examples, int recomputedBlocks) {
        TrainSettings settings = config.settings();
        model = TrainedModel.open(config, source, backend);
        scope = new Scope("optimizer", backend);
        try {
            optimizer = new Descent(
                    settings.optimizer(), model.values(), scope, config.output().resolve("optimizer.pages"));
        } catch (RuntimeException e) {
            scope.close();
            model.close();
            throw e;
        }
        steps = steps(settings, examples.size());
        RowOrder order = new RowOrder(settings.order(), examples, settings.stepRows(), config.seed());
        step = new TrainingStep(config, model.decoder(), order, optimizer, steps, recomputedBlocks);
    }

    /** Steps of the whole training; an epoch's last step may reach into the next epoch. */
    private static int steps(TrainSettings settings, int rows) {
        if (settings.steps() != null) {
            return settings.steps();
        }
        int perStep = settings.stepRows();
        return Math.toIntExact(((long) settings.epochs() * rows + perStep - 1) / perStep);
    }

    /** Steps of the whole training, as its config asks for. */
    public int steps() {
        return steps;
    }

    /**
     * Goes on from a training's last checkpoint.
     *
     * @param folder where its checkpoints lie, or nothing does
     * @param last the last step whose checkpoint may be taken
     * @param damaged told of checkpoints that are passed over
     * @return the checkpoint's step; 0 where there is none and the training stands at its beginning
     */
    public int resume(Path folder, int last, Consumer<String> damaged) {
        return new TrainingCheckpoint(folder, Integer.MAX_VALUE)
                .load(optimizer, model.decoder().backend(), last, damaged);
    }

    /** Tells the steps that were made before, for finding outliers. */
    public void seen(List<StepRecord> before) {
        step.seen(before);
    }

    /**
     * Makes a step, from the values that the one before left.
     *
     * @param number from 1; it says which rows, what rate and what dropout
     * @throws RunFailedException if the loss or the gradient isn't finite any more; nothing is updated then
     */
    public StepRecord step(int number) {
        return step.run(number);
    }

    /** How many tokens a step reads. */
    public long tokens(int number) {
        return step.tokens(number);
    }

    /** The rows that a step reads. */
    List<Example> rows(int number) {
        return step.rows(number);
    }

    TrainedModel model() {
        return model;
    }

    Descent optimizer() {
        return optimizer;
    }

    @Override
    public void close() {
        optimizer.close();
        scope.close();
        model.close();
    }
}
