package dev.errata.pipeline.demo;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Problem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
     * @throws dev.errata.tensor.ErrataException if the file can't be written
     */
    public void write(ProblemSet problems, int count) {
        try (AtomicFile file = AtomicFile.create(path)) {
            try (Writer writer = new OutputStreamWriter(packed(file.stream()), StandardCharsets.UTF_8)) {
                problems.stream().limit(count).forEach(problem -> append(writer, problem));
            }
            file.commit();
        } catch (IOException e) {
            throw WriteFailure.of(path, e);
        }
    }

    private OutputStream packed(OutputStream stream) throws IOException {
        OutputStream buffered = new BufferedOutputStream(stream);
        return path.toString().endsWith(".gz") ? new GZIPOutputStream(buffered) : buffered;
    }

    private void append(Writer writer, Problem problem) {
        try {
            writer.write(Json.line(rows == Rows.PROBLEMS ? problem : PretrainingRow.of(problem)));
            writer.write('\n');
        } catch (IOException e) {
            throw WriteFailure.of(path, e);
        }
    }
}
