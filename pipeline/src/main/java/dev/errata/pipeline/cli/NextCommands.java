package dev.errata.pipeline.cli;

import dev.errata.model.weights.ModelSource;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one can do with the result of a training, as commands to copy. */
final class NextCommands {
    private NextCommands() {}

    static List<String> of(TrainConfig config, Path result) {
        List<String> lines = new ArrayList<>();
        String beside = quoted(result.resolveSibling("merged"));
        if (config.settings().fullFineTuning()) {
            lines.add("errata generate --model " + quoted(result) + " --prompt 'Your question'");
            lines.add(
                    "errata convert --input " + quoted(result) + " --to gguf --type q8_0 --output " + beside + ".gguf");
            return lines;
        }
        String model = quoted(config.model());
        lines.add("errata generate --model " + model + " --adapter " + quoted(result) + " --prompt 'Your question'");
        if (ModelSource.isGguf(config.model())) {
            String plain = quoted(result.resolveSibling("base"));
            lines.add("errata convert --input " + model + " --to safetensors --output " + plain);
            model = plain;
        }
        lines.add("errata merge --model " + model + " --adapter " + quoted(result) + " --base original --output "
                + beside);
        lines.add("errata convert --input " + beside + " --to gguf --type q8_0 --output " + beside + ".gguf");
        return lines;
    }

    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
