package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that llama.cpp's gguf-split took apart. */
class GgufPartsTest {
    private static final int U16 = 2;
    private static final int I32 = 5;
    private static final int STRING = 8;

    @TempDir
    private Path folder;

    private Path part(String name, int number, int count, int total, String tensor) throws IOException {
        GgufBytes bytes = GgufBytes.head(3, 1, 4)
                .key("split.no", U16)
                .i16(number)
                .key("split.count", U16)
                .i16(count)
                .key("split.tensors.count", I32)
                .i32(total)
                .key("general.name", STRING)
                .string("part " + number)
                .tensor(tensor, 0, 0, 2)
                .align(32)
                .f32(number)
                .f32(7);
        return Files.write(folder.resolve(name), bytes.align(32).toArray());
    }

    private void both() throws IOException {
        part("m-00001-of-00002.gguf", 0, 2, 2, "a");
        part("m-00002-of-00002.gguf", 1, 2, 2, "b");
    }

    @Test
    void anyPartStandsForAllOfThem() throws IOException {
        both();
        for (String name : List.of("m-00001-of-00002.gguf", "m-00002-of-00002.gguf")) {
            try (Arena arena = Arena.ofConfined()) {
                GgufFile file = GgufFile.open(folder.resolve(name), arena);
                assertThat(file.tensors().keySet()).containsExactly("a", "b");
                assertThat(file.metadata().values()).containsOnlyKeys("general.name");
                assertThat(file.metadata().string("general.name")).contains("part 0");
            }
            assertThat(GgufParts.files(folder.resolve(name)))
                    .containsExactly(folder.resolve("m-00001-of-00002.gguf"), folder.resolve("m-00002-of-00002.gguf"));
        }
        assertThat(GgufParts.files(folder.resolve("whole.gguf"))).containsExactly(folder.resolve("whole.gguf"));
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        both();
        Files.delete(folder.resolve("m-00002-of-00002.gguf"));
        refused("m-00001-of-00002.gguf", "part 1 of 2", "m-00002-of-00002.gguf is missing");
    }

    @Test
    void aPartUnderAnotherNameSaysThatItIsOne() throws IOException {
        part("renamed.gguf", 0, 2, 2, "a");
        refused("renamed.gguf", "part 1 of 2", "one folder");
    }

    @Test
    void partsThatDontFitTogetherAreRefused() throws IOException {
        both();
        part("m-00002-of-00002.gguf", 0, 2, 2, "b");
        refused("m-00001-of-00002.gguf", "not part 2 of 2");
        part("m-00002-of-00002.gguf", 1, 2, 2, "a");
        refused("m-00001-of-00002.gguf", "tensor is in two parts");
        part("m-00001-of-00002.gguf", 0, 2, 9, "a");
        part("m-00002-of-00002.gguf", 1, 2, 9, "b");
        refused("m-00001-of-00002.gguf", "2 tensors, not the 9");
    }

    private void refused(String name, String... words) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> GgufFile.open(folder.resolve(name), arena))
                    .isInstanceOf(BadInputException.class)
                    .message()
                    .contains(words);
        }
    }
}
