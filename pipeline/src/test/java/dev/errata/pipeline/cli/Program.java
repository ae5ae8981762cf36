package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.train.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** One run of the program inside the test: its exit code and what it printed. */
record Program(int code, String out, String err) {
    /** Runs the program without an engine. */
    static Program run(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Main main = new Main(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new StopSignal(),
                () -> {
                    throw new AssertionError("this command needs no engine");
                });
        int code = main.run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new Program(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The lines of stdout as JSON, after a run that ended well. */
    List<JsonNode> rows() {
        assertThat(err).doesNotContain("errata:");
        assertThat(code).isZero();
        return out.lines().map(Program::parse).toList();
    }

    /** Demands that the run ended well. */
    void succeeded() {
        assertThat(code).as(err).isZero();
    }

    /** Demands exit code 2 and a sentence with these words as the last line of stderr, and nothing on stdout. */
    void refused(String... words) {
        assertThat(code).as(err).isEqualTo(2);
        assertThat(out).isEmpty();
        String last = err.lines().toList().getLast();
        assertThat(last).startsWith("errata: ").contains(words);
        assertThat(last.split(": ")).as(last).hasSize(4);
    }

    /** Writes a file of rows. */
    static Path rows(Path folder, String name, String... lines) {
        try {
            return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode parse(String line) {
        try {
            return Json.parse(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }
}
