package dev.errata.pipeline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in {@code docs/library.md} is what is compiled and run here. */
class LibraryPageTest {
    private static final Path MODEL = Path.of("..", "configs", "demo", "errata-2m");
    private static final Path SOURCE =
            Path.of("src", "test", "java", "dev", "errata", "pipeline", "docs", "LibraryExample.java");

    @TempDir
    private Path folder;

    /** The lines between two marks, four columns to the left. */
    private static String part(String from, String to) throws IOException {
        List<String> lines = Files.readAllLines(SOURCE);
        return lines.subList(lines.indexOf("    // " + from) + 1, lines.indexOf("    // " + to)).stream()
                .map(line -> line.isEmpty() ? line : line.substring(4))
                .collect(Collectors.joining("\n"))
                .strip();
    }

    @Test
    void thePageShowsTheCodeThatIsTestedHere() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "library.md"));
        assertThat(page).contains("```java\n" + part("generate", "train") + "\n```");
        assertThat(page).contains("```java\n" + part("train", "end") + "\n```");
    }

    @Test
    void trainsAnAdapterAndGeneratesWithIt() throws IOException {
        Path yaml = folder.resolve("lora.yaml");
        Files.writeString(yaml, "lora: {r: 4}\nmicro_batch_size: 2\n");
        Path rows = folder.resolve("rows.jsonl");
        Files.writeString(rows, """
                {"prompt": "Question: Ann has 2 apples.", "completion": "The answer is 2."}
                {"prompt": "Question: Ben has 3 apples.", "completion": "The answer is 3."}
                """);
        Path adapter = LibraryExample.trained(yaml, MODEL.toAbsolutePath(), rows, folder.resolve("run"));
        assertThat(adapter.resolve("adapter_model.safetensors")).exists();
        String prompt = "Question: Ann has 2 apples.";
        List<String> texts = LibraryExample.answers(MODEL, adapter, prompt);
        assertThat(texts).hasSize(3);
        assertThat(LibraryExample.answers(MODEL, adapter, prompt)).isEqualTo(texts);
        assertThat(LibraryExample.answers(MODEL, null, prompt)).isNotEqualTo(texts);
    }
}
