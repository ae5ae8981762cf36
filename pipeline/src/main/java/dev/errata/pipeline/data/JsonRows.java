package dev.errata.pipeline.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.file.LfsPointer;
import dev.errata.tensor.BadInputException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The rows of a {@code .jsonl} or {@code .jsonl.gz} file, one at a time. A line that isn't a JSON object is bad input that
 * names file and line; empty lines are passed over.
 */
public final class JsonRows implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    /** No row that means something is longer, and a line is held in memory several times over. */
    private static final int LONGEST_LINE = 16 << 20;
    /** How many times its size a gzip file may unpack to, beyond the first 16 MiB; rows of text shrink to a tenth or so. */
    private static final long MOST_UNPACKED = 250;

    private final Path file;
    private final InputStream in;
    private final long mostBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    private long bytes;
    private int number;
    private boolean atEnd;

    private JsonRows(Path file, InputStream in, long mostBytes) {
        this.file = file;
        this.in = in;
        this.mostBytes = mostBytes;
    }

    /** Opens a file, or stdin for {@code -}; one that is missing, or is called .gz and isn't gzipped, is bad input that names it. */
    public static JsonRows open(Path file) {
        if (isStdin(file)) {
            InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER);
            return new JsonRows(Path.of("stdin"), in, Long.MAX_VALUE);
        }
        LfsPointer.refuse(file);
        if (!Files.isRegularFile(file)) {
            String what = Files.isDirectory(file) ? "a folder instead of a file of rows" : "no such file";
            throw new BadInputException(what, file.toString(), "name a .jsonl or .jsonl.gz file");
        }
        try {
            InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
            return isZipped(file)
                    ? new JsonRows(file, unzipped(raw, file), LONGEST_LINE + MOST_UNPACKED * Files.size(file))
                    : new JsonRows(file, raw, Long.MAX_VALUE);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Whether a name stands for stdin. */
    public static boolean isStdin(Path file) {
        return file.toString().equals("-");
    }

    private static boolean isZipped(Path file) {
        return file.toString().endsWith(".gz");
    }

    private static InputStream unzipped(InputStream raw, Path file) throws IOException {
        try {
            return new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER);
        } catch (ZipException | java.io.EOFException e) {
            raw.close();
            throw new BadInputException("not a gzip file", file.toString(), "gzip it or take .gz off its name", e);
        }
    }

    private static BadInputException unreadable(Path file, IOException e) {
        if (e instanceof ZipException || e instanceof java.io.EOFException) {
            return new BadInputException("a damaged gzip file", file.toString(), "get it again", e);
        }
        return new BadInputException("the file cannot be read", file.toString(), "check its permissions", e);
    }

    /** All rows, each made by {@code reader}. */
    public static <R> List<R> readAll(Path file, Function<JsonRow, R> reader) {
        List<R> rows = new ArrayList<>();
        forEach(file, row -> rows.add(reader.apply(row)));
        return rows;
    }

    /** Hands on every row in order. */
    public static void forEach(Path file, Consumer<JsonRow> action) {
        try (JsonRows rows = open(file)) {
            for (JsonRow row = rows.next(); row != null; row = rows.next()) {
                action.accept(row);
            }
        }
    }

    /** The next row, or null after the last. */
    public JsonRow next() {
        while (!atEnd) {
            byte[] bytes = nextLine();
            String text = decode(bytes);
            if (!text.isBlank()) {
                return new JsonRow(file, number, parse(text));
            }
        }
        return null;
    }

    private byte[] nextLine() {
        line.reset();
        number++;
        try {
            for (int b = in.read(); ; b = in.read()) {
                if (b < 0) {
                    atEnd = true;
                    return line.toByteArray();
                }
                if (b == '\n') {
                    return line.toByteArray();
                }
                if (line.size() == LONGEST_LINE) {
                    throw bad("the line is longer than 16 MiB", null);
                }
                if (++bytes > mostBytes) {
                    throw new BadInputException(
                            "the gzip file unpacks to far more than rows do", file.toString(), "unpack it and look");
                }
                line.write(b);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private String decode(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw bad("the line is not text in UTF-8", e);
        }
    }

    private ObjectNode parse(String text) {
        try {
            JsonNode node = Json.parse(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw bad("the line is not a JSON object", null);
        } catch (JsonProcessingException e) {
            throw bad("the line is not JSON", e);
        }
    }

    private BadInputException bad(String what, Exception cause) {
        return new BadInputException(what, file + ":" + number, "mend or remove this line", cause);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }
}
