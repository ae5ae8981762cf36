package dev.errata.pipeline.fuzz;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.config.TrainConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** YAML configs of a loop and of a training, and overrides from the command line. */
public final class ConfigFuzz {
    private ConfigFuzz() {}

    /** Reads one input as either kind of config, and as an override of a config that is fine. */
    public static void fuzzerTestOneInput(byte[] input) {
        Path file = Trial.file("config.yaml", input);
        Trial.run(input.length, () -> TrainConfig.read(file, List.of()));
        Trial.run(input.length, () -> LoopConfig.read(file, List.of()));
        String override = new String(input, StandardCharsets.UTF_8);
        if (override.length() < 200) {
            Path sound = Trial.file(
                    "sound.yaml",
                    "model: m\ndata: d.jsonl\noutput: o\nlora: {r: 4}\nsteps: 2\n".getBytes(StandardCharsets.UTF_8));
            Trial.run(input.length, () -> TrainConfig.read(sound, List.of(override)));
        }
    }
}
