package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The metadata of a GGUF file with checked types. Arrays may come as primitive arrays, object arrays or lists. */
final class VocabularyMetadata {
    private final Map<String, Object> values;
    private final String where;

    VocabularyMetadata(Map<String, Object> values, String where) {
        this.values = values;
        this.where = where;
    }

    String where() {
        return where;
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    String text(String key) {
        if (values.get(key) instanceof String text) {
            return text;
        }
        throw wrong(key, "a string");
    }

    boolean flag(String key, boolean whenAbsent) {
        Object value = values.get(key);
        if (value == null) {
            return whenAbsent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(key, "a boolean");
    }

    /** A token id, empty when the key is absent. */
    OptionalInt id(String key, int vocabularySize) {
        Object value = values.get(key);
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value instanceof Number number && number.longValue() >= 0 && number.longValue() < vocabularySize) {
            return OptionalInt.of(number.intValue());
        }
        throw wrong(key, "an id of the vocabulary");
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object element : elements(key)) {
            if (!(element instanceof String text)) {
                throw wrong(key, "a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    /** A number for each token. */
    List<Number> numbers(String key, int expected) {
        List<Number> numbers = new ArrayList<>();
        for (Object element : elements(key)) {
            if (!(element instanceof Number number)) {
                throw wrong(key, "a list of numbers");
            }
            numbers.add(number);
        }
        if (numbers.size() != expected) {
            throw wrong(key, "as long as the vocabulary");
        }
        return numbers;
    }

    private List<?> elements(String key) {
        Object value = values.get(key);
        if (value instanceof List<?> list) {
            return list;
        }
        if (value == null || !value.getClass().isArray()) {
            throw wrong(key, "a list");
        }
        int length = Array.getLength(value);
        List<Object> elements = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            elements.add(Array.get(value, i));
        }
        return elements;
    }

    private BadInputException wrong(String key, String wanted) {
        String what = has(key) ? key + " is not " + wanted : key + " is missing";
        return new BadInputException(what, where, "use a GGUF file that was converted with its tokenizer");
    }
}
