package dev.errata.model.file;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;

/** The folder of recorded data beside the repository, which a clone elsewhere does not have. */
final class SharedData {
    private SharedData() {}

    /** A file or folder in it; the test is skipped with a message where it is absent. */
    static Path require(String relative) {
        String folder = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        Path path = Path.of(folder).resolve(relative);
        assumeThat(path).as("recorded data, absent here").exists();
        return path;
    }

    /** A committed copy among the test resources. */
    static Path committed(String relative) {
        return Path.of("src", "test", "resources").resolve(relative);
    }
}
