package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
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

    String[] texts(String key) {
        List<?> elements = elements(key);
        String[] texts = new String[elements.size()];
        for (int i = 0; i < texts.length; i++) {
            if (!(elements.get(i) instanceof String text)) {
                throw wrong(key, "a list of strings");
            }
            texts[i] = text;
        }
        return texts;
    }

    /** A number for each token. */
    float[] scores(String key, int expected) {
        float[] scores = values.get(key) instanceof float[] floats ? floats : floats(key, elements(key));
        requireLength(key, scores.length, expected);
        return scores;
    }

    /** A whole number for each token. */
    int[] kinds(String key, int expected) {
        int[] kinds = values.get(key) instanceof int[] ints ? ints : ints(key, elements(key));
        requireLength(key, kinds.length, expected);
        return kinds;
    }

    private float[] floats(String key, List<?> elements) {
        float[] floats = new float[elements.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = number(key, elements.get(i)).floatValue();
        }
        return floats;
    }

    /** One that is too large for 32 bits becomes −1, which no list of kinds has a meaning for. */
    private int[] ints(String key, List<?> elements) {
        int[] ints = new int[elements.size()];
        for (int i = 0; i < ints.length; i++) {
            long number = number(key, elements.get(i)).longValue();
            ints[i] = number == (int) number ? (int) number : -1;
        }
        return ints;
    }

    private Number number(String key, Object element) {
        if (element instanceof Number number) {
            return number;
        }
        throw wrong(key, "a list of numbers");
    }

    private void requireLength(String key, int length, int expected) {
        if (length != expected) {
            throw wrong(key, "as long as the vocabulary");
        }
    }

    private List<?> elements(String key) {
        Object value = values.get(key);
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Object[] array) {
            return Arrays.asList(array);
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
