package dev.errata.model.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Typed access to a JSON object of a file; every complaint names the file and the key. */
public final class JsonFields {
    private static final ObjectMapper MAPPER = JsonText.FOREIGN;

    private final JsonNode node;
    private final String where;

    private JsonFields(JsonNode node, String where) {
        this.node = node;
        this.where = where;
    }

    /**
     * @throws BadInputException if the file can't be read or isn't one JSON object
     */
    public static JsonFields read(Path file) {
        try {
            JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
            if (node == null || !node.isObject()) {
                throw new BadInputException("not a JSON object", file.toString(), "give the file that belongs there");
            }
            return new JsonFields(node, file.toString());
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw new BadInputException("not JSON", file + line, "mend the file or get it anew", e);
        } catch (IOException e) {
            throw new BadInputException("cannot be read", file.toString(), "check that the file is there", e);
        }
    }

    public String where() {
        return where;
    }

    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Whether the key is there and null, which says other than being absent. */
    public boolean isNull(String key) {
        return node.path(key).isNull();
    }

    /** Whether a key asks for something: it is there and neither null, false, nor empty. */
    public boolean isSet(String key) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull() || (child.isBoolean() && !child.booleanValue())) {
            return false;
        }
        return child.isTextual() ? !child.textValue().isEmpty() : !child.isContainerNode() || !child.isEmpty();
    }

    /** Whether a key holds one text, as opposed to a list. */
    public boolean isText(String key) {
        return node.path(key).isTextual();
    }

    /** The object under a key, or null. */
    public JsonFields object(String key) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return null;
        }
        if (!child.isObject()) {
            throw wrong(key, "an object");
        }
        return new JsonFields(child, where);
    }

    public String text(String key, String absent) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return absent;
        }
        if (!child.isTextual()) {
            throw wrong(key, "a text");
        }
        return child.textValue();
    }

    public boolean flag(String key, boolean absent) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return absent;
        }
        if (!child.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return child.booleanValue();
    }

    /** A positive number of things; −1 where it is absent and {@code absent} says so. */
    public int size(String key, int absent) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return absent;
        }
        if (!child.isNumber() || child.doubleValue() != child.intValue() || child.intValue() < 1) {
            throw wrong(key, "a positive whole number");
        }
        return child.intValue();
    }

    /**
     * @throws BadInputException if the key is missing too
     */
    public int size(String key) {
        int size = size(key, -1);
        if (size < 0) {
            throw new BadInputException("key " + key + " is missing", where, "add it");
        }
        return size;
    }

    public double number(String key, double absent) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return absent;
        }
        if (!child.isNumber() || !Double.isFinite(child.doubleValue())) {
            throw wrong(key, "a number");
        }
        return child.doubleValue();
    }

    /** A number above 0. */
    public double positive(String key, double absent) {
        double number = number(key, absent);
        if (number <= 0) {
            throw wrong(key, "a positive number");
        }
        return number;
    }

    /**
     * @throws BadInputException if the key is missing too
     */
    public double positive(String key) {
        if (!has(key)) {
            throw new BadInputException("key " + key + " is missing", where, "add it");
        }
        return positive(key, 1);
    }

    /** A list of positive numbers; empty where it is absent. */
    public float[] numbers(String key) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) {
            return new float[0];
        }
        float[] numbers = new float[child.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = child.path(i).floatValue();
            if (!child.path(i).isNumber() || !(numbers[i] > 0) || Float.isInfinite(numbers[i])) {
                throw wrong(key, "a list of positive numbers");
            }
        }
        return numbers;
    }

    /** A whole number or a list of them; empty where it is absent. */
    public List<Integer> ids(String key) {
        JsonNode child = node.get(key);
        List<Integer> ids = new ArrayList<>();
        if (child == null || child.isNull()) {
            return ids;
        }
        for (JsonNode id : child.isArray() ? child : MAPPER.createArrayNode().add(child)) {
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                throw wrong(key, "a token id or a list of them");
            }
            ids.add(id.intValue());
        }
        return ids;
    }

    /** A list of texts, or one text alone; empty where it is absent. */
    public List<String> texts(String key) {
        JsonNode child = node.get(key);
        List<String> texts = new ArrayList<>();
        if (child == null || child.isNull()) {
            return texts;
        }
        for (JsonNode text : child.isArray() ? child : MAPPER.createArrayNode().add(child)) {
            if (!text.isTextual()) {
                throw wrong(key, "a text or a list of texts");
            }
            texts.add(text.textValue());
        }
        return texts;
    }

    /** The keys of this object, in the file's order. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private BadInputException wrong(String key, String wanted) {
        return new BadInputException("key " + key + " is " + node.get(key) + ", not " + wanted, where, "mend it");
    }
}
