package dev.errata.pipeline.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.json.JsonText;

/** How Errata writes and reads JSON: snake_case keys in the order of the records, nulls written, duplicates refused. */
public final class Json {
    /** Shared, thread-safe. */
    public static final ObjectMapper MAPPER = JsonText.RECORDS;

    private Json() {}

    /** One line, without its end. */
    public static String line(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a value that is no JSON", e);
        }
    }

    /** Indented text that ends in a line break. */
    public static String page(Object value) {
        return JsonText.page(value);
    }

    /** The tree of a text. */
    public static JsonNode parse(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }
}
