package dev.errata.model.checkpoint;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What the commands on a file of tensors have in common. */
public final class TensorFiles {
    /** The result of such a command. */
    public record Written(String output, int tensors, long bytes) {
        static Written of(Path output, List<CheckpointPart> parts, NewCheckpoint.Written written) {
            int tensors = parts.stream().mapToInt(part -> part.plans().size()).sum();
            return new Written(output.toString(), tensors, written.bytes());
        }

        public String text() {
            return String.format(Locale.ROOT, "%d tensors, %d bytes in %s", tensors, bytes, output);
        }
    }

    private TensorFiles() {}

    /** Whether an input is a model rather than a file of tensors. */
    public static boolean isModel(Path input) {
        return Files.isDirectory(input) || input.toString().endsWith(".gguf");
    }

    public static Written written(Path output) {
        try (Arena arena = Arena.ofConfined()) {
            int tensors = SafetensorsFile.open(output, arena).entries().size();
            return new Written(output.toString(), tensors, Files.size(output));
        } catch (IOException e) {
            throw new BadInputException("the output can't be read back", output.toString(), "check the disk", e);
        }
    }
}
