package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.pipeline.data.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> {
                    throw new IllegalArgumentException("an engine: it breaks");
                },
                arguments);
    }

    private String lastLine() {
        return err.toString(StandardCharsets.UTF_8).lines().reduce("", (before, last) -> last);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    grad --input x                    | unknown command grad, did you mean grade
                    grade --inptu x                   | unknown option --inptu, did you mean --input
                    grade --input x --grader sound    | --task is missing
                    grade --task gsm8k --task svamp --grader sound --input x | given twice
                    demo --threads many               | many is no value for --threads
                    demo --threads 0                  | --threads is 0
                    --device grade demo               | --device is missing
                    --seed 5 demo --threads 0         | --threads is 0
                    run                               | CONFIG is missing
                    run nowhere.yaml                  | no such config
                    """)
    void wrongUsageIsOneSentenceAndExitCode2(String line, String said) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(lastLine()).matches("errata: [^:]+: .+: .+").contains(said);
        assertThat(out.size()).isZero();
    }

    @Test
    void noCommandIsWrongUsage() {
        assertThat(run()).isEqualTo(2);
        assertThat(lastLine()).contains("no command is given");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "run",
                "sample",
                "correct",
                "filter",
                "train-arms",
                "eval",
                "report",
                "train",
                "grade",
                "configs",
                "validate",
                "preview"
            })
    void everyCommandHasHelpWithAnExample(String command) {
        assertThat(run(command, "--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("errata " + command, "--stacktrace")
                .containsPattern("Examples?:");
    }

    @Test
    void saysItsVersionInAtMostThreeLines() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .hasSizeBetween(1, 3)
                .first()
                .asString()
                .contains(Version.ERRATA);
    }

    @Test
    void itsVersionIsThatOfTheBuild() throws IOException {
        Path pom = Path.of("..", "pom.xml");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(pom), "no pom.xml above");
        assertThat(Files.readString(pom)).contains("<version>" + Version.ERRATA + "</version>");
    }

    @Test
    void gradesRowsInOrderAndNamesABadOne() throws IOException {
        Path rows = Files.writeString(folder.resolve("rows.jsonl"), """
                {"prediction":"The answer is 18.","reference":"#### 18"}
                {"prediction":"The answer is 19.","reference":"#### 18"}
                """);
        assertThat(run("grade", "--task", "gsm8k", "--grader", "sound", "--input", rows.toString(), "--json"))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(MainTest::isEqual))
                .containsExactly(true, false);
        Files.writeString(rows, "{\"prediction\":\"\",\"refernce\":\"\"}\n");
        assertThat(run("grade", "--task", "gsm8k", "--grader", "sound", "--input", rows.toString()))
                .isEqualTo(2);
        assertThat(lastLine()).contains("rows.jsonl:1", "did you mean reference");
    }

    private static boolean isEqual(String line) {
        try {
            return Json.parse(line).get("equal").booleanValue();
        } catch (JsonProcessingException e) {
            throw new AssertionError(line, e);
        }
    }

    @Test
    void aMistakeOfOursIsOneSentenceWithoutATrace() throws IOException {
        Path config =
                Files.writeString(folder.resolve("t.yaml"), "model: m\ndata: d.jsonl\noutput: o\nlora: {}\nsteps: 1\n");
        assertThat(run("train", config.toString())).isEqualTo(1);
        assertThat(lastLine()).startsWith("errata: internal error: ").contains("--stacktrace");
        assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("\tat ");
        assertThat(run("train", config.toString(), "--stacktrace")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("\tat ");
    }
}
