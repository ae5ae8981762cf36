package dev.errata.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.grade.Task;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProblemFileTest {
    @TempDir
    Path folder;

    @Test
    void readsGsm8ksOwnRowsGzipped() throws IOException {
        Path file = folder.resolve("train.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(
                    "{\"question\": \"Why?\", \"answer\": \"A = <<1+1=2>>2\\nB\\n#### 1,234\"}\n\n{\"question\": \"é?\", \"answer\": \"#### -3\"}"
                            .getBytes(StandardCharsets.UTF_8));
        }
        assertThat(ProblemFile.read(file, Task.GSM8K))
                .containsExactly(
                        new Problem("train-1", "Why?", "1234", "A = <<1+1=2>>2\nB"),
                        new Problem("train-2", "é?", "-3", ""));
    }

    @Test
    void readsRowsWithIdsAndPlainAnswers() throws IOException {
        Path file = write(
                "{\"id\": \"a\", \"question\": \"q\", \"answer\": \"$18.0\", \"rationale\": null}\n{\"id\": 7, \"question\": \"r\", \"answer\": 2.5, \"rationale\": \"x\"}\n");
        assertThat(ProblemFile.read(file, Task.SVAMP))
                .containsExactly(new Problem("a", "q", "18", null), new Problem("7", "r", "2.5", "x"));
        assertThat(ProblemFile.read(write("{\"question\": \"q\", \"answer\": \"\\\\frac12\"}"), Task.MATH))
                .containsExactly(new Problem("own-1", "q", "\\frac12", null));
    }

    @Test
    void namesFileAndLineOfABadRow() throws IOException {
        String good = "{\"question\": \"q\", \"answer\": \"1\"}\n";
        for (String bad : List.of(
                "{\"question\": \"q\"",
                "[1]",
                "{\"question\": \"q\"}",
                "{\"question\": 5, \"answer\": \"1\"}",
                "{\"question\": \"q\", \"answer\": \"many\"}",
                "{\"question\": \"q\", \"answer\": \"1\", \"anser\": 1}",
                "{\"question\": \"q\", \"answer\": \"1\"} x",
                "{\"id\": \"own-1\", \"question\": \"q\", \"answer\": \"1\"}",
                "{\"question\": \" \", \"answer\": \"1\"}")) {
            Path file = write(good + bad + "\n");
            assertThatThrownBy(() -> ProblemFile.read(file, Task.GSM8K))
                    .as(bad)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("own.jsonl:2: ");
        }
    }

    @Test
    void refusesAMissingAnEmptyAndAFalselyNamedFile() throws IOException {
        assertThatThrownBy(() -> ProblemFile.read(folder.resolve("none.jsonl"), Task.GSM8K))
                .isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> ProblemFile.read(write("\n"), Task.GSM8K)).isInstanceOf(BadInputException.class);
        Path plain = Files.writeString(folder.resolve("own.jsonl.gz"), "{}");
        assertThatThrownBy(() -> ProblemFile.read(plain, Task.GSM8K)).isInstanceOf(BadInputException.class);
    }

    @Test
    void refusesHeldOutProblemsThatAreTrainedOn() {
        List<Problem> training = List.of(new Problem("train-1", "How many, in all?", "1", null));
        List<Problem> other = List.of(new Problem("test-1", "How much in all?", "1", null));
        List<Problem> same = List.of(new Problem("test-2", " how many in  all", "1", null));
        Path one = Path.of("train.jsonl");
        Path two = Path.of("test.jsonl");
        QuestionOverlap.refuse(training, one, other, two);
        assertThatThrownBy(() -> QuestionOverlap.refuse(training, one, same, two))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("train.jsonl")
                .hasMessageContaining("test.jsonl")
                .hasMessageContaining("test-2 asks what train-1 asks");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("own.jsonl"), text);
    }
}
