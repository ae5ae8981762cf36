package dev.errata.pipeline.problem;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes word problems, or training rows made of them, as JSONL; gzipped where the name ends in {@code .gz}. */
@Command(
        name = "problems",
        description = {
            "Write word problems of the built-in generator as JSONL.",
            "Example: errata problems --seed 7 --count 1000 --output problems.jsonl"
        })
public final class ProblemsCommand implements Callable<Integer> {
    /** What a row of the output is. */
    enum Rows {
        /** {@code id, question, answer, rationale}. */
        PROBLEMS,
        /** {@code prompt, completion} in the chain-of-thought format. */
        TRAINING
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    @Option(names = "--seed", defaultValue = "0", description = "Chooses the problems (default: 0).")
    private long seed;

    @Option(names = "--count", required = true, description = "How many.")
    private int count;

    @Option(names = "--output", required = true, description = "The file to write, .jsonl or .jsonl.gz.")
    private Path output;

    @Option(
            names = "--mix",
            defaultValue = "task",
            description =
                    "task: the demo's problems of 2 to 4 steps (default). pretrain: easier ones, in which some kinds are rare.")
    private Mix mix;

    @Option(
            names = "--split",
            defaultValue = "any",
            description = "any (default), pretraining, problems or held_out: the last three never share a question.")
    private Split split;

    @Option(
            names = "--rows",
            defaultValue = "problems",
            description = "problems: id, question, answer, rationale (default). training: prompt and completion.")
    private Rows rows;

    @Override
    public Integer call() {
        if (count < 0) {
            throw new BadInputException("a negative number of problems", "--count " + count, "give 0 or more");
        }
        ProblemSet problems = new ProblemSet(new ProblemGenerator(seed, mix, split));
        Path partial = output.resolveSibling(output.getFileName() + ".partial");
        try {
            if (output.toAbsolutePath().getParent() != null) {
                Files.createDirectories(output.toAbsolutePath().getParent());
            }
            try (Writer writer = new OutputStreamWriter(opened(partial), StandardCharsets.UTF_8)) {
                problems.stream().limit(count).forEach(problem -> write(writer, problem));
            }
            Files.move(partial, output, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            throw new RunFailedException(
                    "the problems could not be written",
                    output.toString(),
                    "check that the folder is writable and the disk has room");
        }
        return 0;
    }

    private OutputStream opened(Path file) throws IOException {
        OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file));
        return output.toString().endsWith(".gz") ? new GZIPOutputStream(stream) : stream;
    }

    private void write(Writer writer, Problem problem) {
        try {
            Object row = switch (rows) {
                case PROBLEMS -> problem;
                case TRAINING -> PretrainingRow.of(problem);
            };
            writer.write(JSON.writeValueAsString(row));
            writer.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
