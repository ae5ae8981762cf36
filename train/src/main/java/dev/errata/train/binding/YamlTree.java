package dev.errata.train.binding;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * YAML as a tree, with the line of each key. Read token by token, since {@code .nan} and {@code .inf} are numbers that the
 * library's own tree doesn't take.
 *
 * @param root null for an empty text
 * @param lines from 1, by dotted key; entries of lists are {@code key[0]}, {@code key[1]} …
 */
record YamlTree(JsonNode root, SortedMap<String, Integer> lines) {
    private static final YAMLFactory FACTORY = YAMLFactory.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Reads one document; more than one, or a text that is not YAML, is a {@link JsonProcessingException}. */
    static YamlTree read(String text) throws IOException {
        SortedMap<String, Integer> lines = new TreeMap<>();
        try (JsonParser parser = FACTORY.createParser(text)) {
            JsonToken first = parser.nextToken();
            JsonNode root = first == null ? null : node(parser, "", lines);
            if (parser.nextToken() != null) {
                throw new com.fasterxml.jackson.core.JsonParseException(parser, "more than one document");
            }
            return new YamlTree(root, lines);
        }
    }

    private static JsonNode node(JsonParser parser, String name, SortedMap<String, Integer> lines) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, name, lines);
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    String entry = name + "[" + array.size() + "]";
                    lines.put(entry, parser.currentTokenLocation().getLineNr());
                    array.add(node(parser, entry, lines));
                }
                yield array;
            }
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> number(parser.getText());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> NODES.textNode(parser.getText());
        };
    }

    private static ObjectNode object(JsonParser parser, String name, SortedMap<String, Integer> lines)
            throws IOException {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String dotted = name.isEmpty() ? key : name + "." + key;
            lines.put(dotted, parser.currentTokenLocation().getLineNr());
            parser.nextToken();
            object.set(key, node(parser, dotted, lines));
        }
        return object;
    }

    private static JsonNode number(String text) {
        String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
        return switch (plain) {
            case ".nan" -> DoubleNode.valueOf(Double.NaN);
            case ".inf", "+.inf" -> DoubleNode.valueOf(Double.POSITIVE_INFINITY);
            case "-.inf" -> DoubleNode.valueOf(Double.NEGATIVE_INFINITY);
            default -> {
                try {
                    yield DoubleNode.valueOf(Double.parseDouble(plain));
                } catch (NumberFormatException e) {
                    yield TextNode.valueOf(text); // as 1:30.5, which YAML 1.1 takes for a number of base 60
                }
            }
        };
    }
}
