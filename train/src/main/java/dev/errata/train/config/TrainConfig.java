package dev.errata.train.config;

import dev.errata.train.binding.Binder;
import dev.errata.train.binding.Checked;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.Flat;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/**
 * The config of {@code train}.
 *
 * @param model a model folder or a GGUF file
 * @param data files of rows {@code {prompt, completion}}, {@code {messages}} or {@code {ids, labels}}
 * @param output the folder of config, metrics, checkpoints and the trained adapter or model
 * @param seed from which order, dropout and new weights come
 * @param prompt how {prompt, completion} rows reach the model: {@code plain}, {@code chat} or {@code alpaca}
 * @param date the day that a chat template takes for today: fixed, so that a prompt doesn't change overnight
 */
public record TrainConfig(
        @Required Path model,
        @Required List<Path> data,
        @Required Path output,
        @Default("0") @Range(min = 0) long seed,

        @Default("plain") @OneOf({"plain", "chat", "alpaca"})
        String prompt,

        @Default(TrainConfig.DATE) LocalDate date,
        @Flat TrainSettings settings)
        implements Checked {
    /** As {@link dev.errata.model.chat.ChatTemplate#DEFAULT_DATE}. */
    public static final String DATE = "2024-07-26";

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
