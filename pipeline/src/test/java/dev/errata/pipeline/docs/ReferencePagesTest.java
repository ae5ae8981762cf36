package dev.errata.pipeline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The pages made from records are as the records are. {@code ERRATA_WRITE_DOCS=1 ./mvnw verify} writes them anew. */
class ReferencePagesTest {
    private static void isAsCommitted(String name, String page) throws IOException {
        Path file = Path.of("..", "docs", name);
        if (System.getenv("ERRATA_WRITE_DOCS") != null) {
            Files.writeString(file, page);
        }
        assertThat(Files.readString(file))
                .as("docs/" + name + "; write it anew by running this test with ERRATA_WRITE_DOCS=1")
                .isEqualTo(page);
    }

    @Test
    void everyKeyOfAConfigIsDescribed() throws IOException {
        isAsCommitted("config.md", ConfigReference.page());
    }

    @Test
    void everyFieldOfARunsFilesIsDescribed() throws IOException {
        isAsCommitted("files.md", FileReference.page());
    }
}
