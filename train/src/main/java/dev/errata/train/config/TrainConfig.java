package dev.errata.train.config;

import java.nio.file.Path;
import java.util.List;

/**
 * The config of {@code train}.
 *
 * @param model a model folder or a GGUF file
 * @param data files of rows {@code {prompt, completion}}, {@code {messages}} or {@code {ids, labels}}
 * @param output the folder of config, metrics, checkpoints and the trained adapter or model
 * @param prompt how {prompt, completion} rows reach the model: {@code plain}, {@code chat} or {@code alpaca}
 */
public record TrainConfig(
        @Required Path model,
        @Required List<Path> data,
        @Required Path output,
        @Default("0") @Range(min = 0) long seed,

        @Default("plain") @OneOf({"plain", "chat", "alpaca"})
        String prompt,

        @Flat TrainSettings settings)
        implements Checked {
    /** Reads and binds a config file with overrides of the form {@code key=value} from the command line. */
    public static TrainConfig read(Path file, List<String> overrides) {
        return Binder.bind(ConfigTree.read(file).with(overrides), TrainConfig.class);
    }

    @Override
    public void check(Place place) {
        if (data.isEmpty()) {
            throw place.wrong("data", "is an empty list", "name a file of rows");
        }
    }
}
