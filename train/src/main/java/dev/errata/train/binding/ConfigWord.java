package dev.errata.train.binding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.tensor.BadInputException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A single value as a config file or the command line has it.
 *
 * @param key its dotted name, for messages and paths
 */
public record ConfigWord(ConfigTree tree, String key, JsonNode node) {
    /** The value as it was written. */
    public String text() {
        if (!node.isValueNode() || node.isNull()) {
            throw wrong("a single text");
        }
        return node.asText();
    }

    /** The value as a path: relative to the config file, or to the current folder for an override. */
    public Path path() {
        if (!node.isValueNode() || node.asText().isBlank()) {
            throw wrong("a path");
        }
        try {
            return tree.resolve(key, node.asText());
        } catch (InvalidPathException e) {
            throw wrong("a path");
        }
    }

    /** The exception for a value of another kind: "key is value: file or command line: give wanted". */
    public BadInputException wrong(String wanted) {
        String value = node.isTextual() ? node.textValue() : node.isNumber() ? node.asText() : node.toString();
        String shown = value.length() > 80 ? value.substring(0, 80) + "…" : value;
        return new BadInputException(
                Place.plain(key + " is " + (shown.isEmpty() ? "empty" : shown)), tree.originOf(key), "give " + wanted);
    }
}
