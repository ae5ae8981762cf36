package dev.errata.pipeline.engine;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.folder.InputFile;
import dev.errata.pipeline.folder.Provenance;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.train.Trainer;
import dev.errata.train.TrainingHealth;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a training's folder says of itself: {@code config.yaml} with every value, {@code manifest.json}. It is bound to its
 * config from its first checkpoint on, and to one process while it is open.
 */
final class TrainingFolder implements AutoCloseable {
    private final TrainConfig config;
    private final RunLock lock;
    private final long begun = System.nanoTime();
    private final TrainingManifest before;
    private final SortedMap<String, InputFile> inputs;
    private final SortedMap<String, String> settings;
    private String device;
    private List<String> units = List.of();

    /**
     * Opens a folder that is there.
     *
     * @throws BadInputException if another process works on it, or another config, other inputs or another version made
     *     what lies in it
     */
    static TrainingFolder open(TrainConfig config) {
        RunLock lock = RunLock.take(config.output());
        try {
            return new TrainingFolder(config, lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private TrainingFolder(TrainConfig config, RunLock lock) {
        this.config = config;
        this.lock = lock;
        boolean bound = Trainer.stepsDone(config) > 0 || Files.exists(Trainer.result(config));
        this.before = bound ? read(config.output()) : null;
        this.inputs = RunSettings.lookAt(
                RunSettings.inputs(config),
                before == null ? Map.of() : before.provenance().inputs());
        this.settings = RunSettings.compared(config, inputs);
        if (before != null) {
            before.provenance().requireSettings(settings, config.output());
        }
    }

    /** Whether the result of the very length that the config asks for is there, with its summary. */
    boolean isFinished() {
        return before != null
                && length().equals(before.finished())
                && Trainer.finished(config)
                        .filter(last -> TrainingSummary.isOf(config.output(), last.step()))
                        .isPresent();
    }

    /**
     * Says on what the training goes on.
     *
     * @param wanted may differ from where it was begun only if it says so
     * @return a line for the user where it differs
     * @throws BadInputException if it differs untold
     */
    Optional<String> on(Hardware wanted) {
        BackendProvider provider = Backends.provider(wanted.device());
        device = provider.name();
        units = computesBf16() ? provider.bf16Units() : List.of();
        String begun = before == null || before.device() == null ? device : before.device();
        if (begun.equals(device)) {
            return onUnits(wanted);
        }
        if (!wanted.mayChange()) {
            throw new BadInputException(
                    "the training was begun on " + begun + ", on " + device + " its bits would change",
                    config.output().toString(),
                    "give --device " + begun + ", or --change-device to go on all the same");
        }
        return Optional.of("was begun on " + begun + " and goes on on " + device
                + "; from here on its bits differ from those of a training on one device");
    }

    private boolean computesBf16() {
        return config.settings().dtype().equals("bf16")
                || config.settings().activations().equals("bf16");
    }

    /** The same for the processor's units, which bf16 products are computed with or without. */
    private Optional<String> onUnits(Hardware wanted) {
        List<String> begun =
                before == null ? units : Optional.ofNullable(before.units()).orElse(List.of());
        return BeganElsewhere.onUnits("the training", begun, units, wanted.mayChange(), config.output());
    }

    void begin(long plannedBytes, int droppedRows) {
        AtomicFile.write(config.output().resolve("config.yaml"), ConfigText.yaml(config));
        long reserved = before == null ? 0 : before.memory().reserved();
        write(
                before == null ? null : before.finished(),
                before == null ? 0 : before.seconds(),
                new TrainingManifest.Memory(plannedBytes, reserved),
                before == null ? TrainingHealth.Warnings.NONE : before.warnings(),
                droppedRows,
                null);
    }

    void end(Trainer.Outcome outcome) {
        TrainingManifest now = read(config.output());
        write(
                length(),
                now.seconds() + (System.nanoTime() - begun) / 1e9,
                new TrainingManifest.Memory(
                        now.memory().planned(), Math.max(now.memory().reserved(), outcome.reservedBytes())),
                outcome.warnings(),
                now.droppedRows(),
                outcome);
    }

    private void write(
            String finished,
            double seconds,
            TrainingManifest.Memory memory,
            TrainingHealth.Warnings warnings,
            int droppedRows,
            Trainer.Outcome outcome) {
        TrainingManifest manifest = new TrainingManifest(
                Provenance.here(config.seed(), settings, inputs),
                device,
                units,
                length(),
                finished,
                seconds,
                memory,
                warnings,
                droppedRows,
                outcome == null ? null : outcome.paging());
        AtomicFile.write(file(config.output()), Json.page(manifest));
    }

    private String length() {
        return config.settings().steps() != null
                ? "steps " + config.settings().steps()
                : "epochs " + config.settings().epochs();
    }

    private static TrainingManifest read(Path folder) {
        Path file = file(folder);
        if (!Files.exists(file)) {
            throw new BadInputException("checkpoints without a manifest", folder.toString(), "choose another output");
        }
        return Provenance.read(file, TrainingManifest.class, true);
    }

    private static Path file(Path folder) {
        return folder.resolve("manifest.json");
    }

    @Override
    public void close() {
        lock.close();
    }
}
