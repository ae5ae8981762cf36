package dev.errata.pipeline.cli.files;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What the commands on a file of tensors have in common. */
final class TensorFiles {
    /** The result of such a command. */
    record Written(String output, int tensors, long bytes) {
        String text() {
            return String.format(Locale.ROOT, "%d tensors, %d bytes in %s", tensors, bytes, output);
        }
    }

    private TensorFiles() {}

    /**
     * Refuses whole models, which this version doesn't convert.
     *
     * @param doing as "quantizing a whole model"
     */
    static void requireFile(Path input, Path output, String doing) {
        if (Files.isDirectory(input) || input.toString().endsWith(".gguf")) {
            OutputPlace.requireModel(input);
            throw new BadInputException(
                    doing + " is not part of this version",
                    input + " to " + output,
                    "name a file of tensors, or use the model as it is");
        }
    }

    static Written written(Path output) {
        try (Arena arena = Arena.ofConfined()) {
            int tensors = SafetensorsFile.open(output, arena).entries().size();
            return new Written(output.toString(), tensors, Files.size(output));
        } catch (IOException e) {
            throw new BadInputException("the output can't be read back", output.toString(), "check the disk", e);
        }
    }
}
