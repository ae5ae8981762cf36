package dev.errata.model.chat;

import java.util.LinkedHashMap;
import java.util.Map;

/** The object that {@code namespace()} makes: the one value that a template can change, also from inside a loop. */
final class Namespace {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    Object get(String name) {
        return fields.containsKey(name) ? fields.get(name) : new Undefined(name);
    }

    void set(String name, Object value) {
        fields.put(name, value);
    }
}
