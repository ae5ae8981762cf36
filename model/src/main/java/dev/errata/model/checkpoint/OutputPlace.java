package dev.errata.model.checkpoint;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether something can be written at a place, told before any work and without making anything there. */
public final class OutputPlace {
    private OutputPlace() {}

    /**
     * @throws BadInputException if the nearest folder above that exists is a file or can't be written to
     */
    public static void require(Path output) {
        Path above = output.toAbsolutePath().getParent();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        if (above == null || !Files.isDirectory(above) || !Files.isWritable(above)) {
            throw new BadInputException(
                    "output can't be written", output.toString(), "choose a place in a folder that may be written to");
        }
    }

    /**
     * @throws BadInputException if it is no folder that exists
     */
    public static void requireModel(Path model) {
        if (!Files.exists(model)) {
            throw new BadInputException(
                    "model is not there", model.toString(), "give a folder with config.json, or a .gguf file");
        }
    }
}
