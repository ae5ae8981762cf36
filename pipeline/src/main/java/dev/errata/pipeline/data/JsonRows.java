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

/**
 * The rows of a {@link RowFile}, one at a time. A line that isn't a JSON object is bad input that
 * names file and line; empty lines are passed over.
 */
public final class JsonRows implements AutoCloseable {
    /** No row that means something is longer, and a line is held in memory several times over. */
    private static final int LONGEST_LINE = 16 << 20;

    private final Path file;
    private final RowFile source;
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    private int number;
    private boolean atEnd;

    private JsonRows(Path file, RowFile source, InputStream in) {
        this.file = file;
        this.source = source;
        this.in = in;
    }

    /**
     * Opens a file, or stdin for {@code -}; one that is missing, or isn't packed as its name says, is bad input that names
     * it.
     */
    public static JsonRows open(Path file) {
        if (isStdin(file)) {
            Path stdin = Path.of("stdin");
            InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
            return new JsonRows(stdin, new RowFile(stdin, null), in);
        }
        RowFile source = RowFile.of(file);
        LfsPointer.refuse(source.file());
        if (!Files.isRegularFile(source.file())) {
            String what = Files.isDirectory(source.file()) ? "a folder instead of a file of rows" : "no such file";
            throw new BadInputException(what, source.file().toString(), "name a .jsonl or .jsonl.gz file");
        }
        try {
            return new JsonRows(file, source, UnpackedRows.open(source));
        } catch (IOException e) {
            throw UnpackedRows.unreadable(source, e, true);
        }
    }

    /** Whether a name stands for stdin. */
    public static boolean isStdin(Path file) {
        return file.toString().equals("-");
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
                line.write(b);
            }
        } catch (IOException e) {
            throw UnpackedRows.unreadable(source, e, false);
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
            throw isArray(text) ? array(null) : bad("the line is not a JSON object", null);
        } catch (JsonProcessingException e) {
            throw isArray(text) ? array(e) : bad("the line is not JSON", e);
        }
    }

    private boolean isArray(String text) {
        return number == 1 && text.strip().startsWith("[");
    }

    private BadInputException array(Exception cause) {
        return new BadInputException(
                "the file is one JSON array",
                file + ":1",
                "write each row on a line of its own, as jq -c '.[]' IN.json > OUT.jsonl does",
                cause);
    }

    private BadInputException bad(String what, Exception cause) {
        return new BadInputException(what, file + ":" + number, "mend or remove this line", cause);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw UnpackedRows.unreadable(source, e, false);
        }
    }
}
