package dev.errata.train;

import dev.errata.model.decoder.Dropouts;
import dev.errata.model.decoder.ModelSource;
import dev.errata.model.file.AtomicFile;
import dev.errata.tensor.Backend;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.RowOrder;
import dev.errata.train.optimizer.AdamW;
import dev.errata.train.optimizer.LearningRate;
import dev.errata.train.optimizer.Paging;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Trains as a config says, step by step into its output folder. Killed anywhere, it goes on from its last checkpoint to
 * the same bytes; asked to stop, it makes a checkpoint first.
 */
public final class Trainer {
    private final TrainConfig config;
    private final TrainSettings settings;
    private final Backend backend;
    private final Progress progress;
    private final StopSignal stop;

    public Trainer(TrainConfig config, Backend backend, Progress progress, StopSignal stop) {
        this.config = config;
        this.settings = config.settings();
        this.backend = backend;
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * What a training came to.
     *
     * @param last the last step
     * @param result the folder of the adapter or of the model
     * @param paging what paged optimizer states did in this start; null where they are not paged
     */
    public record Outcome(StepRecord last, Path result, Paging paging) {}

    /** The outcome of a training that is finished already. */
    public static Optional<Outcome> finished(TrainConfig config) {
        if (!Files.exists(TrainedModel.resultFile(config))) {
            return Optional.empty();
        }
        List<StepRecord> steps = MetricsLog.read(metrics(config));
        return Optional.of(new Outcome(steps.getLast(), TrainedModel.result(config), null));
    }

    private static Path metrics(TrainConfig config) {
        return config.output().resolve("metrics.jsonl");
    }

    /**
     * Makes all steps that are left.
     *
     * @param source the model; closed when done
     * @param examples at least one, each with a target
     * @throws StoppedException after a checkpoint, when the stop signal was raised
     * @throws RunFailedException if the loss or the gradient isn't finite any more
     */
    public Outcome train(ModelSource source, List<Example> examples) {
        AtomicFile.createFolders(config.output().resolve("checkpoints"));
        try (TrainedModel model = TrainedModel.open(config, source, backend);
                Scope scope = new Scope("optimizer", backend);
                AdamW optimizer = new AdamW(
                        settings.optimizer(),
                        model.trainable(),
                        scope,
                        config.output().resolve("optimizer.pages"))) {
            TrainingCheckpoint checkpoint =
                    new TrainingCheckpoint(config.output().resolve("checkpoints"));
            int done = checkpoint.load(optimizer, backend);
            int total = steps(examples.size());
            StepRecord last = null;
            try (MetricsLog log = MetricsLog.open(metrics(config), done);
                    Progress.Bar bar = progress.begin("train " + config.output().getFileName(), "steps", done, total)) {
                TargetLoss loss = new TargetLoss(model.decoder());
                boolean recompute = recompute(model, examples);
                RowOrder order = new RowOrder(settings.order(), examples, rowsPerStep(), config.seed());
                for (int step = done + 1; step <= total; step++) {
                    last = step(step, total, order, loss, optimizer, recompute);
                    log.append(last);
                    bar.note(String.format(Locale.ROOT, "loss %.4f", last.loss()));
                    bar.advance(1);
                    boolean stopping = stop.requested() && step < total;
                    if (step % settings.checkpointEvery() == 0 || step == total || stopping) {
                        checkpoint.save(step, optimizer, backend);
                    }
                    if (stopping) {
                        stop.check();
                    }
                }
            }
            model.save(config);
            List<StepRecord> steps = MetricsLog.read(metrics(config));
            Paging paging = optimizer.states().paging();
            if (paging != null) {
                progress.say(paging.describe());
            }
            return new Outcome(last == null ? steps.getLast() : last, TrainedModel.result(config), paging);
        }
    }

    /** Steps of the whole training; an epoch's last step may reach into the next epoch. */
    private int steps(int rows) {
        if (settings.steps() != null) {
            return settings.steps();
        }
        return Math.toIntExact(((long) settings.epochs() * rows + rowsPerStep() - 1) / rowsPerStep());
    }

    private int rowsPerStep() {
        return settings.microBatchSize() * settings.gradientAccumulationSteps();
    }

    private StepRecord step(int step, int total, RowOrder order, TargetLoss loss, AdamW optimizer, boolean recompute) {
        long begun = System.nanoTime();
        List<Example> rows = rows(step, order);
        long targets = rows.stream().mapToLong(Example::targets).sum();
        long tokens = rows.stream().mapToLong(row -> row.ids().length).sum();
        float scale = (float) (1.0 / targets);
        optimizer.zeroGradients();
        double sum = 0;
        for (int micro = 0; micro < settings.gradientAccumulationSteps(); micro++) {
            List<Example> part =
                    rows.subList(micro * settings.microBatchSize(), (micro + 1) * settings.microBatchSize());
            Dropouts dropouts = new Dropouts(config.seed(), step, micro);
            sum += loss.addGradients(part, scale, optimizer.gradients(), dropouts, recompute);
        }
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(sum) || !Double.isFinite(norm)) {
            throw new RunFailedException(
                    "loss or gradient is not finite any more",
                    config.output() + ", step " + step,
                    "lower optimizer.learning_rate or look at the rows of this step");
        }
        double rate = new LearningRate(
                        settings.schedule().name(),
                        settings.optimizer().learningRate(),
                        settings.schedule().warmupSteps(),
                        total)
                .of(step);
        optimizer.step(rate, norm, step);
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new StepRecord(step, sum / targets, norm, rate, targets, tokens / seconds);
    }

    private List<Example> rows(int step, RowOrder order) {
        List<Example> rows = new ArrayList<>();
        long first = (long) (step - 1) * rowsPerStep();
        for (int i = 0; i < rowsPerStep(); i++) {
            rows.add(order.example(first + i));
        }
        return rows;
    }

    private boolean recompute(TrainedModel model, List<Example> examples) {
        int longest = examples.stream()
                .mapToInt(example -> example.ids().length)
                .max()
                .orElse(0);
        return ActivationMemory.recompute(
                settings, model.source().config(), (long) longest * settings.microBatchSize());
    }
}
