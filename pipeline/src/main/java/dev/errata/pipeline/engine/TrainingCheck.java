package dev.errata.pipeline.engine;

import dev.errata.model.text.ModelText;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.rows.TrainingData;
import dev.errata.train.MemoryFit;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether a training could be made: everything that {@code train} looks at before it loads a weight. */
public final class TrainingCheck {
    private TrainingCheck() {}

    /**
     * Looks; makes and changes nothing.
     *
     * @return lines that say what was found
     * @throws dev.errata.tensor.BadInputException if the training can't be made
     */
    public static List<String> of(TrainConfig config, Hardware hardware) {
        List<String> found = new ArrayList<>();
        if (Files.isDirectory(config.output())) {
            try (TrainingFolder folder = TrainingFolder.open(config)) {
                if (!folder.isFinished()) {
                    folder.on(hardware).ifPresent(found::add);
                }
                found.add("output: " + (folder.isFinished() ? "finished already, " : "") + config.output());
            }
        } else {
            RunSettings.lookAt(RunSettings.inputs(config), Map.of());
        }
        try (ModelSource source = ModelSource.open(config.model())) {
            Once<ModelText> text = new Once<>(() -> TrainingData.text(config, source));
            TrainingData data = TrainingData.read(config, source.config().vocabSize(), text);
            data.recognised().forEach(line -> found.add("rows: " + line));
            MemoryFit fit = LocalEngine.fit(config, hardware, source, data);
            found.add("memory: " + MemoryFit.shown(fit.neededBytes()) + " of " + MemoryFit.shown(fit.availableBytes()));
            found.add("disk: "
                    + MemoryFit.shown(DiskNeed.bytes(fit.plan().bytes(), config.settings()))
                    + " for checkpoints and the result");
        }
        return found;
    }
}
