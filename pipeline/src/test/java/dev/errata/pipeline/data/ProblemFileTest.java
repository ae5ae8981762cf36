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
    void readsRowsOfSvampAsdivAndMawpsAsPublished() throws IOException {
        assertThat(ProblemFile.read(write("""
                                {"Answer":145.0,"Question":"How big is each?","Equation":"( 290.0 / 2.0 )","Body":"There are 290","Type":"D","ID":"chal-777","idx":0}
                                """), Task.SVAMP))
                .containsExactly(new Problem("chal-777", "There are 290. How big is each?", "145", null));
        assertThat(ProblemFile.read(write("""
                                {"body":"Seven red and two green.","question":"How many? ","solution_type":"A","answer":"9 (apples)","formula":"7+2=9","idx":0}
                                """), Task.ASDIV))
                .containsExactly(new Problem("own-1", "Seven red and two green. How many?", "9", null));
        assertThat(ProblemFile.read(write("""
                                {"input":"Joan found 70 . How many ?","target":43.5,"type":"singleeq","idx":0}
                                """), Task.MAWPS))
                .containsExactly(new Problem("own-1", "Joan found 70 . How many ?", "43.5", null));
    }

    @Test
    void namesRowsOfMathAndCsqaAsNotSupported() throws IOException {
        for (String row : List.of(
                "{\"problem\":\"p\",\"level\":\"Level 3\",\"type\":\"Algebra\",\"solution\":\"s\"} MATH",
                "{\"prompt\":\"p\",\"answer\":\"bank\",\"candidates\":[\"bank\"]} CSQA")) {
            String name = row.substring(row.lastIndexOf(' ') + 1);
            Path file = write(row.substring(0, row.lastIndexOf(' ')) + "\n");
            assertThatThrownBy(() -> ProblemFile.read(file, Task.MATH))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContainingAll("a row of " + name + " as published", ".jsonl:1");
        }
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
