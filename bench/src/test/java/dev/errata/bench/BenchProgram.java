package dev.errata.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.pipeline.cli.Main;
import dev.errata.pipeline.engine.LocalEngine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a command of the program said, and its exit code. */
public record BenchProgram(int code, String out, String err) {
    /** Runs {@code bench} with these arguments. */
    public static BenchProgram run(Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = "bench";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return command(all);
    }

    /** Runs a command of the program. */
    public static BenchProgram command(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                LocalEngine::new,
                Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        return new BenchProgram(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    public JsonNode json() {
        try {
            return new ObjectMapper().readTree(out);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + out + err, e);
        }
    }

    /** The last line of stderr. */
    public String lastLine() {
        List<String> lines = err.lines().toList();
        return lines.isEmpty() ? "" : lines.getLast();
    }

    /** The lines of stdout. */
    public List<String> lines() {
        return Arrays.asList(out.split("\n"));
    }
}
