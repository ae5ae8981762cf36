package dev.errata.pipeline.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.QuestionOverlap;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
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
        assertThat(ProblemFile.read(file, new Gsm8k(), _ -> {}))
                .containsExactly(
                        new Problem("train-1", "Why?", "1234", "A = <<1+1=2>>2\nB"),
                        new Problem("train-2", "é?", "-3", ""));
    }

    @Test
    void readsRowsWithIdsAndPlainAnswers() throws IOException {
        Path file = write(
                "{\"id\": \"a\", \"question\": \"q\", \"answer\": \"$18.0\", \"rationale\": null}\n{\"id\": 7, \"question\": \"r\", \"answer\": 2.5, \"rationale\": \"x\"}\n");
        assertThat(ProblemFile.read(file, new Svamp(), _ -> {}))
                .containsExactly(new Problem("a", "q", "18", null), new Problem("7", "r", "2.5", "x"));
        assertThat(ProblemFile.read(
                        write("{\"question\": \"q\", \"answer\": \"\\\\frac12\"}"), new CompetitionMath(), _ -> {}))
                .containsExactly(new Problem("own-1", "q", "\\frac12", null));
    }

    @Test
    void readsRowsOfSvampAsdivAndMawpsAsPublished() throws IOException {
        assertThat(ProblemFile.read(write("""
                                {"Answer":145.0,"Question":"How big is each?","Equation":"( 290.0 / 2.0 )","Body":"There are 290","Type":"D","ID":"chal-777","idx":0}
                                """), new Svamp(), _ -> {}))
                .containsExactly(new Problem("chal-777", "There are 290. How big is each?", "145", null));
        assertThat(ProblemFile.read(write("""
                                {"body":"Seven red and two green.","question":"How many? ","solution_type":"A","answer":"9 (apples)","formula":"7+2=9","idx":0}
                                """), new Asdiv(), _ -> {}))
                .containsExactly(new Problem("own-1", "Seven red and two green. How many?", "9", null));
        assertThat(ProblemFile.read(write("""
                                {"input":"Joan found 70 . How many ?","target":43.5,"type":"singleeq","idx":0}
                                """), new Mawps(), _ -> {}))
                .containsExactly(new Problem("own-1", "Joan found 70 . How many ?", "43.5", null));
    }

    @Test
    void readsRowsOfMathCsqaAndAquaAsPublished() throws IOException {
        assertThat(ProblemFile.read(write("""
                                {"problem":"What is $1+1$?","level":"Level 3","type":"Algebra","solution":"It is $\\\\boxed{2}$.","idx":0}
                                """), new CompetitionMath(), _ -> {}))
                .containsExactly(
                        new Problem("own-1", "What is $1+1$?", "2", "It is $\\boxed{2}$.", null, "Level 3", null));
        List<String> places = List.of("bank", "mall");
        String asked = new CommonsenseQa().prompt(new Problem("", "Where?\nNow?", "bank", null, places, null, null));
        assertThat(ProblemFile.read(
                        write("{\"prompt\":" + Json.line(asked)
                                + ",\"answer\":\"bank\",\"candidates\":[\"bank\",\"mall\"]}"),
                        new CommonsenseQa(),
                        _ -> {}))
                .containsExactly(new Problem("own-1", "Where?\nNow?", "bank", null, places, null, null));
        assertThat(ProblemFile.read(write("""
                                {"question":"How far?","options":["A)21 km","B)-3","C)None of these"],"rationale":"It is so.","correct":"B"}
                                """), new AquaRat(), _ -> {}))
                .containsExactly(new Problem(
                        "own-1", "How far?", "B", "It is so.", List.of("21 km", "-3", "None of these"), null, null));
    }

    @Test
    void readsHowHardOwnProblemsAreAndWritesItBack() throws IOException {
        Path file = write("""
                {"question":"q","answer":"1","level":3,"steps":4,"candidates":["1","2"]}
                {"question":"r","answer":"2","rationale":"1 + 1 = 2.\\nSo it is 2.","level":"hard"}
                {"question":"s","answer":"3"}
                """);
        List<Problem> problems = ProblemFile.read(file, new Svamp(), _ -> {});
        assertThat(problems)
                .containsExactly(
                        new Problem("own-1", "q", "1", null, List.of("1", "2"), "3", 4),
                        new Problem("own-2", "r", "2", "1 + 1 = 2.\nSo it is 2.", null, "hard", null),
                        new Problem("own-3", "s", "3", null));
        assertThat(problems)
                .extracting(Steps::count)
                .containsExactly(OptionalInt.of(4), OptionalInt.of(2), OptionalInt.empty());

        Path records = Files.writeString(
                folder.resolve("problems.jsonl"),
                problems.stream().map(each -> Json.line(each) + "\n").collect(Collectors.joining()));
        List<Problem> again = new ArrayList<>();
        JsonRows.forEach(records, row -> again.add(RecordRows.problem(row)));
        assertThat(again).isEqualTo(problems);
    }

    @Test
    void aRowOfATaskWithOtherAnswersIsNamed() throws IOException {
        Path math = write("{\"problem\":\"p\",\"solution\":\"\\\\boxed{1}\"}\n");
        assertThatThrownBy(() -> ProblemFile.read(math, new Gsm8k(), _ -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("a row of math as published, among problems of gsm8k", ".jsonl:1");
    }

    @Test
    void saysHowManyProblemsOfAsdivHaveNoNumberAsAnswer() throws IOException {
        Path file = write("""
                {"body":"One hat.","question":"How many?","answer":"1 (hats)"}
                {"body":"Ann runs faster than Ben.","question":"Who wins?","answer":"Ann"}
                {"body":"Two hats.","question":"How many?","answer":"2 (hats)"}
                """);
        List<String> notes = new ArrayList<>();
        assertThat(ProblemFile.read(file, new Asdiv(), notes::add))
                .extracting(Problem::id)
                .containsExactly("own-1", "own-3");
        assertThat(notes).singleElement().asString().startsWith("asdiv: 1 problems of own.jsonl");
    }

    @Test
    void candidatesAreNeededAndHoldTheAnswer() throws IOException {
        for (String bad : List.of(
                "{\"question\": \"q\", \"answer\": \"bank\"}",
                "{\"question\": \"q\", \"answer\": \"bank\", \"candidates\": []}",
                "{\"question\": \"q\", \"answer\": \"bank\", \"candidates\": [\"mall\", \"shop\"]}",
                "{\"question\": \"q\", \"answer\": \"bank\", \"candidates\": \"bank\"}")) {
            Path file = write(bad + "\n");
            assertThatThrownBy(() -> ProblemFile.read(file, new CommonsenseQa(), _ -> {}))
                    .as(bad)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("own.jsonl:1: ");
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
                "{\"question\": \"q\", \"answer\": \"1\", \"steps\": 0}",
                "{\"question\": \"q\", \"answer\": \"1\", \"steps\": \"two\"}",
                "{\"question\": \"q\", \"answer\": \"1\", \"level\": [1]}",
                "{\"question\": \" \", \"answer\": \"1\"}")) {
            Path file = write(good + bad + "\n");
            assertThatThrownBy(() -> ProblemFile.read(file, new Gsm8k(), _ -> {}))
                    .as(bad)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("own.jsonl:2: ");
        }
    }

    @Test
    void refusesAMissingAnEmptyAndAFalselyNamedFile() throws IOException {
        assertThatThrownBy(() -> ProblemFile.read(folder.resolve("none.jsonl"), new Gsm8k(), _ -> {}))
                .isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> ProblemFile.read(write("\n"), new Gsm8k(), _ -> {}))
                .isInstanceOf(BadInputException.class);
        Path plain = Files.writeString(folder.resolve("own.jsonl.gz"), "{}");
        assertThatThrownBy(() -> ProblemFile.read(plain, new Gsm8k(), _ -> {})).isInstanceOf(BadInputException.class);
    }

    @Test
    void refusesHeldOutProblemsThatAreTrainedOn() {
        List<Problem> training = List.of(new Problem("train-1", "How many, in all?", "1", null));
        List<Problem> other = List.of(new Problem("test-1", "How much in all?", "1", null));
        List<Problem> same = List.of(new Problem("test-2", " how many in  all", "1", null));
        Path one = Path.of("train.jsonl");
        Path two = Path.of("test.jsonl");
        QuestionOverlap.refuse(training, "are trained on", one, other, two);
        assertThatThrownBy(() -> QuestionOverlap.refuse(training, "are trained on", one, same, two))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("train.jsonl")
                .hasMessageContaining("test.jsonl")
                .hasMessageContaining("test-2 asks what train-1 asks");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("own.jsonl"), text);
    }
}
