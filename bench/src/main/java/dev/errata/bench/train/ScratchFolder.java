package dev.errata.bench.train;

import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder among the system's temporary ones, which goes with all that is in it. */
public record ScratchFolder(Path path) implements AutoCloseable {
    public static ScratchFolder make() {
        try {
            return new ScratchFolder(Files.createTempDirectory("errata-bench"));
        } catch (IOException e) {
            throw new RunFailedException(
                    "no folder can be made for the run", System.getProperty("java.io.tmpdir"), "make room there", e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path each : all) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new RunFailedException("a folder can't be removed", path.toString(), "remove it by hand", e);
        }
    }
}
