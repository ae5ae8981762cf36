package dev.errata.pipeline.engine;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.Sha256;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.ConfigText;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.optimizer.Paging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a training's folder says of itself: {@code config.yaml} with every value, {@code manifest.json} with the inputs' hashes. */
final class TrainingFolder {
    private final TrainConfig config;
    private final long begun = System.nanoTime();

    /**
     * One training: what it was made of and how long it took in all starts.
     *
     * @param paging what paged optimizer states did in the last start; null where they are not paged
     */
    record Manifest(
            String errata,
            String java,
            long seed,
            Map<String, String> inputs,
            String config,
            double seconds,
            Paging paging) {}

    private TrainingFolder(TrainConfig config) {
        this.config = config;
    }

    static TrainingFolder of(TrainConfig config) {
        return new TrainingFolder(config);
    }

    /**
     * @throws BadInputException if the folder was made with another config or other rows
     */
    void requireSameConfig() {
        Manifest old = read();
        if (old == null) {
            return;
        }
        if (!old.config().equals(fingerprint())) {
            throw new BadInputException(
                    "the training was made with another config",
                    config.output().toString(),
                    "choose another output or take the old config again");
        }
        if (!old.inputs().equals(inputs())) {
            throw new BadInputException(
                    "the training was made with other rows",
                    config.output().toString(),
                    "choose another output or take the old rows again");
        }
    }

    void begin() {
        AtomicFile.write(config.output().resolve("config.yaml"), ConfigText.yaml(config));
        Manifest old = read();
        write(old == null ? 0 : old.seconds(), null);
    }

    void end(Paging paging) {
        write(read().seconds() + (System.nanoTime() - begun) / 1e9, paging);
    }

    private void write(double seconds, Paging paging) {
        String version = TrainingFolder.class.getPackage().getImplementationVersion();
        Manifest manifest = new Manifest(
                version == null ? "development" : version,
                Runtime.version().toString(),
                config.seed(),
                inputs(),
                fingerprint(),
                seconds,
                paging);
        AtomicFile.write(file(), Json.page(manifest));
    }

    private Manifest read() {
        if (!Files.exists(file())) {
            return null;
        }
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file()), Manifest.class);
        } catch (IOException e) {
            throw new BadInputException("not a manifest", file().toString(), "choose another output", e);
        }
    }

    private Path file() {
        return config.output().resolve("manifest.json");
    }

    private Map<String, String> inputs() {
        Map<String, String> hashes = new TreeMap<>();
        for (Path data : config.data()) {
            try {
                hashes.put(data.getFileName().toString(), Sha256.of(data));
            } catch (IOException e) {
                throw new BadInputException("rows cannot be read", data.toString(), "check the file", e);
            }
        }
        return hashes;
    }

    /** A hash of every setting but where the result goes, where the inputs lie, and where optimizer states lie. */
    private String fingerprint() {
        var tree = ConfigText.tree(config);
        tree.remove("output");
        tree.remove("data");
        tree.remove("model");
        tree.remove("checkpoint_every");
        tree.withObject("/optimizer").remove(List.of("paged", "page_budget_mb"));
        return Sha256.of(Json.line(tree));
    }
}
