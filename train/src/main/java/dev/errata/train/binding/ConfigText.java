package dev.errata.train.binding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.lang.reflect.RecordComponent;
import java.util.List;

/** A config record written back: every key with its value, defaults included. */
public final class ConfigText {
    private static final YAMLMapper WRITER = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build();

    private ConfigText() {}

    /** YAML that binds to an equal record; keys that were left out and have no default are null. */
    public static String yaml(Record config) {
        return yaml(tree(config));
    }

    /** A tree of keys as YAML. */
    public static String yaml(ObjectNode keys) {
        try {
            return WRITER.writeValueAsString(keys);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a config that cannot be written", e);
        }
    }

    /** The same as a tree, keys in the order of the record. */
    public static ObjectNode tree(Record config) {
        ObjectNode node = WRITER.createObjectNode();
        fill(node, config);
        return node;
    }

    private static void fill(ObjectNode node, Record config) {
        for (RecordComponent component : config.getClass().getRecordComponents()) {
            Object value = valueOf(config, component);
            if (component.isAnnotationPresent(Flat.class)) {
                fill(node, (Record) value);
            } else {
                put(node, ConfigKeys.keyOf(component), value);
            }
        }
    }

    private static void put(ObjectNode node, String key, Object value) {
        switch (value) {
            case null -> node.putNull(key);
            case Integer number -> node.put(key, number);
            case Long number -> node.put(key, number);
            case Double number -> node.put(key, number);
            case Boolean flag -> node.put(key, flag);
            case WordValue word
            when word.word().isPresent() -> node.put(key, word.word().get());
            case Record inner -> fill(node.putObject(key), inner);
            case List<?> list -> {
                ArrayNode array = node.putArray(key);
                list.forEach(each -> add(array, each));
            }
            default -> node.put(key, value.toString());
        }
    }

    private static void add(ArrayNode array, Object entry) {
        switch (entry) {
            case WordValue word
            when word.word().isPresent() -> array.add(word.word().get());
            case Record block -> fill(array.addObject(), block);
            default -> array.add(entry.toString());
        }
    }

    private static Object valueOf(Record config, RecordComponent component) {
        try {
            return component.getAccessor().invoke(config);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }
}
