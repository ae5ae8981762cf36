package dev.errata.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.file.LfsPointer;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A value in a JSON file together with the place where it stands, so that a value of the wrong type is reported with its
 * place. A value that is absent is the JSON null.
 */
public final class JsonPart {
    private static final ObjectMapper MAPPER = JsonText.FOREIGN;

    private final JsonNode node;
    private final String file;
    /** What this is a part of, or null. Its place is put into words when it is asked for: a vocabulary has some 100,000 parts. */
    private final JsonPart whole;
    /** The key within it, or null in a list; the path, where it is a part of nothing. */
    private final String key;

    private final int index;

    private JsonPart(JsonNode node, String file, JsonPart whole, String key, int index) {
        this.node = node;
        this.file = file;
        this.whole = whole;
        this.key = key;
        this.index = index;
    }

    /** A value at a place in a file; the path is empty for the whole of it. */
    JsonPart(JsonNode node, String file, String path) {
        this(node, file, null, path, 0);
    }

    /** Reads a file that holds a JSON object. */
    public static JsonPart read(Path file) {
        LfsPointer.refuse(file);
        JsonNode node;
        try (var in = Files.newInputStream(file)) {
            node = MAPPER.readTree(in);
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw new BadInputException("not a whole JSON file", file + line, "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("can't be read", file.toString(), "check the file and its permissions", e);
        }
        JsonPart part = new JsonPart(node == null ? MAPPER.nullNode() : node, file.toString(), "");
        if (!part.node.isObject()) {
            throw part.wrong("not a JSON object");
        }
        return part;
    }

    /** An error about this value. */
    public BadInputException wrong(String what) {
        return new BadInputException(
                what.replace(':', ' '), place(), "get the file again, or use one made by a current library");
    }

    /** An error about something that this engine doesn't have. */
    BadInputException unsupported(String what) {
        return new BadInputException(
                (what + " isn't supported").replace(':', ' '), place(), "use a model with another tokenizer");
    }

    private String place() {
        String path = path();
        return path.isEmpty() ? file : file + " at " + path;
    }

    private String path() {
        if (whole == null) {
            return key;
        }
        String before = whole.path();
        if (key == null) {
            return before + "[" + index + "]";
        }
        return before.isEmpty() ? key : before + "." + key;
    }

    public JsonNode node() {
        return node;
    }

    public String file() {
        return file;
    }

    public JsonPart get(String name) {
        JsonNode child = node.get(name);
        return new JsonPart(child == null ? MAPPER.nullNode() : child, file, this, name, 0);
    }

    public boolean isNull() {
        return node.isNull();
    }

    public boolean isText() {
        return node.isTextual();
    }

    public boolean isObject() {
        return node.isObject();
    }

    public boolean isArray() {
        return node.isArray();
    }

    public String text() {
        if (!node.isTextual()) {
            throw wrong("not a string");
        }
        return node.textValue();
    }

    /** A string of exactly one character of the basic plane. */
    public char character() {
        if (text().length() != 1) {
            throw wrong("not a single character");
        }
        return text().charAt(0);
    }

    public boolean flag(boolean whenAbsent) {
        if (node.isNull()) {
            return whenAbsent;
        }
        if (!node.isBoolean()) {
            throw wrong("neither true nor false");
        }
        return node.booleanValue();
    }

    /** An integer from 0 to {@code max}. */
    public int integer(int max) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0 || node.intValue() > max) {
            throw wrong("not an integer from 0 to " + max);
        }
        return node.intValue();
    }

    public List<JsonPart> elements() {
        if (!node.isArray()) {
            throw wrong("not a list");
        }
        List<JsonPart> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(new JsonPart(node.get(i), file, this, null, i));
        }
        return elements;
    }

    public void forEachField(BiConsumer<String, JsonPart> action) {
        if (!node.isObject()) {
            throw wrong("not a JSON object");
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            action.accept(field.getKey(), new JsonPart(field.getValue(), file, this, field.getKey(), 0));
        }
    }
}
