package dev.errata.train;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.tensor.DType;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import dev.errata.train.data.RowOrder;
import dev.errata.train.optimizer.Descent;
import dev.errata.train.optimizer.LearningRate;
import dev.errata.train.trace.StepEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One optimizer step: the gradients of its rows, a micro-batch at a time, and the update. */
final class TrainingStep {
    private final TrainConfig config;
    private final TrainSettings settings;
    private final Decoder decoder;
    private final RowOrder order;
    private final MicroBatches microBatches;
    private final Descent optimizer;
    private final LearningRate rate;
    private final int recomputedBlocks;
    private final Outliers outliers = new Outliers();

    /**
     * @param total steps of the whole training, which a schedule may go by
     * @param recomputedBlocks how many of the first blocks are run again for their gradients
     */
    TrainingStep(
            TrainConfig config, Decoder decoder, RowOrder order, Descent optimizer, int total, int recomputedBlocks) {
        this.config = config;
        this.settings = config.settings();
        this.decoder = decoder;
        this.order = order;
        this.microBatches = MicroBatches.of(settings);
        this.optimizer = optimizer;
        this.recomputedBlocks = recomputedBlocks;
        this.rate = new LearningRate(
                settings.schedule().name(),
                settings.optimizer().learningRate(),
                settings.schedule().warmupSteps(),
                total);
    }

    /**
     * Makes a step.
     *
     * @param step from 1
     * @throws RunFailedException if the loss or the gradient isn't finite any more; nothing is updated then
     */
    StepRecord run(int step) {
        StepEvent event = new StepEvent();
        event.begin();
        long begun = System.nanoTime();
        List<Example> rows = rows(step);
        long targets = rows.stream().mapToLong(Example::targets).sum();
        long tokens = tokens(rows);
        double sum;
        double norm;
        try (StepLosses losses = new StepLosses(decoder.backend(), Math.toIntExact(targets))) {
            gradients(step, rows, targets, new TargetLoss(decoder), losses);
            norm = optimizer.gradientNorm();
            sum = losses.sum();
        }
        if (!Double.isFinite(sum) || !Double.isFinite(norm)) {
            throw notFinite(step, rows, targets);
        }
        double now = rate.of(step);
        String outlier = outliers.look(sum / targets, norm);
        if (outlier != null && settings.onOutlier().equals("stop")) {
            throw outlier(step, outlier, sum / targets, norm);
        }
        boolean skipped = outlier != null && settings.onOutlier().equals("skip");
        if (!skipped) {
            optimizer.step(now, norm, step);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        StepRecord made = new StepRecord(
                step, sum / targets, norm, now, targets, tokens / seconds, null, outlier, skipped ? true : null);
        outliers.add(made);
        if (event.shouldCommit()) {
            event.step = step;
            event.tokens = tokens;
            event.loss = made.loss();
            event.gradNorm = norm;
            event.commit();
        }
        return made;
    }

    /** Takes steps that earlier starts made: what others are measured by. */
    void seen(List<StepRecord> before) {
        before.forEach(outliers::add);
    }

    private RunFailedException outlier(int step, String what, double loss, double norm) {
        double value = what.equals("loss") ? loss : norm;
        return new RunFailedException(
                String.format(Locale.ROOT, "%s is %.4g, far above the last steps, and on_outlier is stop", what, value),
                config.output() + ", step " + step,
                "look at the rows of this step (replay --step " + step
                        + "), or start again with on_outlier: skip or warn");
    }

    /** How many tokens a step reads. */
    long tokens(int step) {
        return tokens(rows(step));
    }

    private static long tokens(List<Example> rows) {
        return rows.stream().mapToLong(row -> row.ids().length).sum();
    }

    /** Adds up the gradients of a step's mean loss. */
    private void gradients(int step, List<Example> rows, long targets, TargetLoss loss, StepLosses losses) {
        float scale = (float) (1.0 / targets);
        optimizer.zeroGradients();
        int micro = 0;
        for (List<Example> part : microBatches.split(rows)) {
            Dropouts dropouts = new Dropouts(config.seed(), step, micro++);
            loss.addGradients(part, scale, optimizer.gradients(), dropouts, recomputedBlocks, losses);
        }
    }

    /** The rows that a step reads, in order. */
    List<Example> rows(int step) {
        List<Example> rows = new ArrayList<>();
        long first = (long) (step - 1) * settings.stepRows();
        for (int i = 0; i < settings.stepRows(); i++) {
            rows.add(order.example(first + i));
        }
        return rows;
    }

    /** Runs the step once more to find where it went wrong. */
    private RunFailedException notFinite(int step, List<Example> rows, long targets) {
        String found;
        try (Scope scope = new Scope("watch", decoder.backend());
                StepLosses losses = new StepLosses(decoder.backend(), Math.toIntExact(targets));
                NonFiniteWatch watch = new NonFiniteWatch(decoder.backend(), scope.allocate("squares", DType.F64, 1))) {
            gradients(step, rows, targets, new TargetLoss(decoder, watch), losses);
            found = watch.found();
        }
        return new RunFailedException(
                "loss or gradient is not finite any more"
                        + (found == null ? "" : ", the first value that isn't comes from " + found),
                config.output() + ", step " + step,
                "lower optimizer.learning_rate or look at the rows of this step");
    }
}
