package dev.errata.pipeline.demo;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
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
import java.util.zip.GZIPOutputStream;

/**
 * A JSONL file of generated problems, gzipped where its name ends in {@code .gz}.
 *
 * @param path the file; it gets this name only when it is whole
 * @param rows what a row holds
 */
public record GeneratedFile(Path path, Rows rows) {
    /** What a row of the file holds. */
    public enum Rows {
        /** {@code id, question, answer, rationale}. */
        PROBLEMS,
        /** {@code prompt, completion} as a model is pretrained on. */
        TRAINING
    }

    /**
     * Writes the first problems of a set.
     *
     * @throws BadInputException if the file can't be written
     */
    public void write(ProblemSet problems, int count) {
        Path whole = path.toAbsolutePath();
        Path partial = whole.resolveSibling(whole.getFileName() + ".partial");
        try {
            Files.createDirectories(whole.getParent());
            try (Writer writer = new OutputStreamWriter(opened(partial), StandardCharsets.UTF_8)) {
                problems.stream().limit(count).forEach(problem -> append(writer, problem));
            }
            Files.move(partial, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException(
                    "the problems could not be written",
                    path.toString(),
                    "choose a place in a folder that may be written to, on a disk with room",
                    e);
        }
    }

    private OutputStream opened(Path file) throws IOException {
        OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file));
        return path.toString().endsWith(".gz") ? new GZIPOutputStream(stream) : stream;
    }

    private void append(Writer writer, Problem problem) {
        try {
            writer.write(Json.line(rows == Rows.PROBLEMS ? problem : PretrainingRow.of(problem)));
            writer.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
