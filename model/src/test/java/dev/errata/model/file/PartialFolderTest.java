package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialFolderTest {
    @TempDir
    private Path folder;

    @Test
    void hasItsNameOnlyWhenItIsWhole() throws IOException {
        Path target = folder.resolve("o");
        try (PartialFolder partial = PartialFolder.begin(target)) {
            Files.writeString(partial.path().resolve("a"), "1");
            assertThat(target).doesNotExist();
            partial.commit();
        }
        assertThat(target.resolve("a")).hasContent("1");
        assertThat(folder.resolve("o.partial")).doesNotExist();
    }

    @Test
    void leavesNothingWithoutACommitAndBeginsAnewAfterAKill() throws IOException {
        Path left = Files.createDirectory(folder.resolve("o.partial"));
        Files.writeString(left.resolve("old"), "of a run that was killed");
        try (PartialFolder partial = PartialFolder.begin(folder.resolve("o"))) {
            assertThat(partial.path()).isEmptyDirectory();
            Files.writeString(partial.path().resolve("a"), "1");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void takesAnEmptyFolderAndRefusesAFullOne() throws IOException {
        Path target = Files.createDirectory(folder.resolve("o"));
        try (PartialFolder partial = PartialFolder.begin(target)) {
            partial.commit();
        }
        Files.writeString(target.resolve("a"), "1");
        assertThatThrownBy(() -> PartialFolder.begin(target))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("something is there already");
        assertThat(target.resolve("a")).hasContent("1");
    }
}
