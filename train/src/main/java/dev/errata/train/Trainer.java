package dev.errata.train;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import dev.errata.train.optimizer.Descent;
import dev.errata.train.optimizer.Paging;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private final MeasuredBackend backend;
    private final Progress progress;
    private final StopSignal stop;
    private final MemoryPlan plan;

    /** A trainer that recomputes as the training's own plan says. */
    public Trainer(TrainConfig config, Backend backend, Progress progress, StopSignal stop) {
        this(config, backend, progress, stop, null);
    }

    /**
     * @param plan what was planned for the training on this device; null: it is planned again
     */
    public Trainer(TrainConfig config, Backend backend, Progress progress, StopSignal stop, MemoryPlan plan) {
        this.config = config;
        this.plan = plan;
        this.settings = config.settings();
        this.backend = new MeasuredBackend(backend);
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * What a training came to.
     *
     * @param last the last step
     * @param result the folder of the adapter or of the model
     * @param best the folder with the lowest validation loss; null where nothing was validated
     * @param paging what paged optimizer states did in this start; null where they are not paged
     * @param warnings over all starts
     * @param reservedBytes the most memory of the device, or of the host, that was taken for tensors in this start, mapped
     *     weights included; 0 where no step
     *     was left to make
     */
    public record Outcome(
            StepRecord last,
            Path result,
            Path best,
            Paging paging,
            TrainingHealth.Warnings warnings,
            long reservedBytes) {}

    /** The last step of a training whose result is there; empty where there is none. */
    public static Optional<StepRecord> finished(TrainConfig config) {
        return Files.exists(TrainedModel.resultFile(config))
                ? Optional.of(MetricsLog.read(metrics(config)).getLast())
                : Optional.empty();
    }

    /** Where the result of a training goes. */
    public static Path result(TrainConfig config) {
        return TrainedModel.result(config);
    }

    /** The file of weights in it, whose final name says that the training is finished. */
    public static Path resultFile(TrainConfig config) {
        return TrainedModel.resultFile(config);
    }

    /** The step of the last checkpoint in a training's folder; 0 where there is none. */
    public static int stepsDone(TrainConfig config) {
        return new TrainingCheckpoint(checkpoints(config), config.settings().keepCheckpoints()).newest();
    }

    /** The steps that a training's folder logs; none where it has no log. */
    public static List<StepRecord> logged(TrainConfig config) {
        return Files.exists(metrics(config)) ? MetricsLog.read(metrics(config)) : List.of();
    }

    /** Where a training's checkpoints lie. */
    public static Path checkpoints(TrainConfig config) {
        return config.output().resolve("checkpoints");
    }

    private static Path metrics(TrainConfig config) {
        return config.output().resolve("metrics.jsonl");
    }

    /** The same without rows to validate on. */
    public Outcome train(ModelSource source, List<Example> examples) {
        return train(source, examples, List.of());
    }

    /**
     * Makes all steps that are left.
     *
     * @param source the model; closed when done
     * @param examples at least one, each with a target
     * @param validation rows whose loss is measured at each checkpoint; may be empty
     * @throws StoppedException after a checkpoint, when the stop signal was raised
     * @throws RunFailedException if the loss or the gradient isn't finite any more
     * @throws BadInputException if more steps are done than the config asks for
     */
    public Outcome train(ModelSource source, List<Example> examples, List<Example> validation) {
        AtomicFile.createFolders(checkpoints(config));
        try (ReadyTraining training = ready(source, examples)) {
            TrainedModel model = training.model();
            Descent optimizer = training.optimizer();
            TrainingCheckpoint checkpoint = new TrainingCheckpoint(
                    checkpoints(config), config.settings().keepCheckpoints());
            checkpoint.removeUnfinished();
            int done = load(checkpoint, optimizer);
            int total = training.steps();
            requireSteps(done, total);
            if (done > 0) {
                progress.say("continues from step " + done + " of " + total);
            }
            ValidationLoss measured = validation.isEmpty()
                    ? null
                    : new ValidationLoss(model.decoder(), validation, MicroBatches.of(settings));
            TrainingHealth health = new TrainingHealth();
            try (MetricsLog log = MetricsLog.open(metrics(config), done);
                    Progress.Bar bar = progress.begin("train " + config.output().getFileName(), "steps", done, total)) {
                List<StepRecord> before = MetricsLog.read(metrics(config));
                training.seen(before);
                BestStep best = BestStep.of(before, health, checkpoints(config));
                for (int k = done + 1; k <= total; k++) {
                    StepRecord made = training.step(k);
                    boolean stopping = stop.requested() && k < total;
                    boolean saving = k % settings.checkpointEvery() == 0 || k == total;
                    if (measured != null && saving) {
                        bar.note(note(made, reserved(optimizer)) + ", validating");
                        made = made.withValidationLoss(measured.measure());
                    }
                    log.append(made);
                    bar.note(note(made, reserved(optimizer)));
                    bar.advance(1);
                    health.look(made).ifPresent(bar::say);
                    if (best.isBest(made)) {
                        model.saveTo(best.folder());
                    }
                    if (saving && settings.keepsAllResults()) {
                        model.saveTo(TrainingCheckpoint.result(checkpoints(config), k));
                    }
                    if (saving || stopping) {
                        log.force();
                        checkpoint.save(k, optimizer, backend);
                    }
                    if (stopping) {
                        stop.check();
                    }
                }
            }
            model.save(config);
            Paging paging = optimizer.states().paging();
            if (paging != null) {
                progress.say(paging.describe());
            }
            return new Outcome(
                    MetricsLog.read(metrics(config)).getLast(),
                    TrainedModel.result(config),
                    measured == null ? null : checkpoints(config).resolve(BestStep.NAME),
                    paging,
                    health.warnings(),
                    done == total ? 0 : reserved(optimizer));
        }
    }

    private ReadyTraining ready(ModelSource source, List<Example> examples) {
        return plan == null
                ? new ReadyTraining(config, source, backend, examples)
                : new ReadyTraining(config, source, backend, examples, plan.recomputedLayers());
    }

    /**
     * Loads the newest state whose steps are logged. The log is on the disk before a state is, so that a newer one tells of a log that was
     * cut.
     */
    private int load(TrainingCheckpoint checkpoint, Descent optimizer) {
        int logged = MetricsLog.whole(metrics(config));
        int newest = checkpoint.newest();
        if (newest > logged) {
            progress.say("warning: " + metrics(config) + " ends after step " + logged
                    + ", so that no state behind it is used");
        }
        int done = checkpoint.load(optimizer, backend, logged, progress::say);
        if (done == 0 && newest > logged) {
            throw new BadInputException(
                    "only " + logged + " steps are logged, and there is no checkpoint of any of them",
                    metrics(config).toString(),
                    "put the log back, or remove the training's folder and start anew");
        }
        return done;
    }

    private void requireSteps(int done, int total) {
        if (done > total) {
            String key = settings.steps() != null ? "steps" : "epochs";
            throw new BadInputException(
                    key + " asks for " + total + " steps, " + done + " are done already",
                    config.output().toString(),
                    "ask for more, or choose another output");
        }
    }

    /** With mapped weights, and the host's pages of an optimizer's state where tensors lie in its memory too. */
    private long reserved(Descent optimizer) {
        return backend.takenBytes()
                + (backend.hasHostPages() ? 0 : optimizer.states().hostBytes());
    }

    private static String note(StepRecord step, long reserved) {
        String text = String.format(
                Locale.ROOT,
                "loss %.4f, gradient norm %.3g, learning rate %.2g, %.0f tokens/s, %s",
                step.loss(),
                step.gradNorm(),
                step.lr(),
                step.tokensPerSecond(),
                MemoryFit.shown(reserved));
        return step.validationLoss() == null
                ? text
                : text + String.format(Locale.ROOT, ", validation loss %.4f", step.validationLoss());
    }
}
