package dev.errata.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.file.WriteFailure;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** {@code metrics.jsonl}: a flushed line a step under its own name, cut back to the checkpoint when a training resumes. */
final class MetricsLog implements AutoCloseable {
    private static final ObjectMapper MAPPER = JsonText.RECORDS;

    private final Path file;
    private final FileChannel channel;

    private MetricsLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * @param steps lines to keep; what follows them is cut off
     */
    static MetricsLog open(Path file, int steps) {
        try {
            byte[] old = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            int end = 0;
            for (int line = 0; line < steps; line++) {
                while (end < old.length && old[end] != '\n') {
                    end++;
                }
                if (end == old.length) {
                    throw new BadInputException(
                            "only " + line + " steps are logged, the checkpoint is of step " + steps,
                            file.toString(),
                            "remove the training's folder and start anew");
                }
                end++;
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(end);
            channel.position(end);
            return new MetricsLog(file, channel);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    void append(StepRecord step) {
        try {
            ByteBuffer line =
                    ByteBuffer.wrap((MAPPER.writeValueAsString(step) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a step's record", e);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    /** All steps of a log. */
    static List<StepRecord> read(Path file) {
        List<StepRecord> steps = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                steps.add(MAPPER.readValue(line, StepRecord.class));
            }
        } catch (IOException e) {
            throw new BadInputException("log of the steps cannot be read", file.toString(), "train anew", e);
        }
        return steps;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }
}
