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
     * Opens it to go on.
     *
     * @param steps how many to keep, of {@link #whole} at most; what follows them is cut off
     */
    static MetricsLog open(Path file, int steps) {
        try {
            byte[] old = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            int end = 0;
            for (int line = 0; line < steps; end++) {
                line += old[end] == '\n' ? 1 : 0;
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(end);
            channel.position(end);
            return new MetricsLog(file, channel);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    /** How many steps a log begins with. What a crash may have left behind them is no step: a torn line, or zeros. */
    static int whole(Path file) {
        if (!Files.exists(file)) {
            return 0;
        }
        try {
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            int steps = 0;
            for (int from = 0, end = text.indexOf('\n'); end >= 0; from = end + 1, end = text.indexOf('\n', from)) {
                if (!isStep(text.substring(from, end), steps + 1)) {
                    break;
                }
                steps++;
            }
            return steps;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static boolean isStep(String line, int step) {
        try {
            return MAPPER.readValue(line, StepRecord.class).step() == step;
        } catch (JsonProcessingException e) {
            return false;
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

    /** Flushes it to the disk: a checkpoint must not be there without the steps before it. */
    void force() {
        try {
            channel.force(false);
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
            throw unreadable(file, e);
        }
        return steps;
    }

    private static BadInputException unreadable(Path file, IOException cause) {
        return new BadInputException("log of the steps cannot be read", file.toString(), "train anew", cause);
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
