package dev.errata.pipeline.run;

import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of a run or a training, before anything is written to it. */
public final class OutputFolder {
    private OutputFolder() {}

    /** Makes the folder and those above it; one that can't be made or written to is bad input that names it. */
    public static void require(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw WriteFailure.of(folder, e);
        }
        if (!Files.isWritable(folder)) {
            throw new BadInputException(
                    "output can't be written", folder.toString(), "choose a folder that may be written to");
        }
    }
}
