package dev.errata.train.binding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.errata.tensor.BadInputException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/** Single values and lists of a config: from YAML to the type of a record's component, with its limits. */
final class ConfigValues {
    private final ConfigTree tree;

    ConfigValues(ConfigTree tree) {
        this.tree = tree;
    }

    Object of(JsonNode node, RecordComponent component, String key) {
        if (component.getType() == List.class) {
            return list(node, component, entry(component), key);
        }
        return single(node, component, component.getType(), key);
    }

    /** What a list holds. */
    static Class<?> entry(RecordComponent list) {
        Type entry = ((ParameterizedType) list.getGenericType()).getActualTypeArguments()[0];
        return (Class<?>) entry;
    }

    /** A single value stands for a list of one. */
    private List<Object> list(JsonNode node, RecordComponent component, Class<?> entry, String key) {
        List<Object> found = new ArrayList<>();
        if (node instanceof ArrayNode array) {
            for (JsonNode each : array) {
                found.add(single(each, component, entry, key));
            }
        } else {
            found.add(single(node, component, entry, key));
        }
        return List.copyOf(found);
    }

    private Object single(JsonNode node, RecordComponent component, Class<?> type, String key) {
        if (type == int.class || type == Integer.class) {
            long value = whole(node, key);
            if (value != (int) value) {
                throw wrong(key, node, "a smaller number");
            }
            inRange((double) value, component, node, key);
            return (int) value;
        } else if (type == long.class) {
            long value = whole(node, key);
            inRange((double) value, component, node, key);
            return value;
        } else if (type == double.class || type == Double.class) {
            double value = number(node, key);
            inRange(value, component, node, key);
            return value;
        } else if (type == boolean.class) {
            if (!node.isBoolean()) {
                throw wrong(key, node, "true or false");
            }
            return node.booleanValue();
        } else if (type == String.class) {
            return word(node, component, key);
        } else if (type == LocalDate.class) {
            return date(node, key);
        } else if (type == Path.class) {
            return new ConfigWord(tree, key, node).path();
        } else if (WordValue.class.isAssignableFrom(type)) {
            return word(new ConfigWord(tree, key, node), type);
        }
        throw new IllegalStateException("a config key of type " + type);
    }

    private long whole(JsonNode node, String key) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw wrong(key, node, "a whole number");
        }
        return node.longValue();
    }

    /** YAML 1.1 takes 1e-3 for a text, since it has no dot; here it is the number one means. */
    private double number(JsonNode node, String key) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        if (node.isTextual() && node.textValue().matches("[-+]?[0-9]+(\\.[0-9]*)?[eE][-+]?[0-9]+")) {
            return Double.parseDouble(node.textValue());
        }
        throw wrong(key, node, "a number");
    }

    private void inRange(double value, RecordComponent component, JsonNode node, String key) {
        Range range = component.getAnnotation(Range.class);
        double min = range == null ? Double.NEGATIVE_INFINITY : range.min();
        double above = range == null ? Double.NEGATIVE_INFINITY : range.above();
        double max = range == null ? Double.POSITIVE_INFINITY : range.max();
        if (Double.isFinite(value) && value >= min && value > above && value <= max) {
            return;
        }
        String least = Double.isFinite(min) ? " of at least " + shown(min) : "";
        String more = Double.isFinite(above) ? " above " + shown(above) : "";
        String most = Double.isFinite(max) ? " up to " + shown(max) : "";
        throw wrong(key, node, "a number" + least + more + most);
    }

    private static String shown(double limit) {
        return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
    }

    private String word(JsonNode node, RecordComponent component, String key) {
        String text = new ConfigWord(tree, key, node).text();
        OneOf known = component.getAnnotation(OneOf.class);
        if (known != null && !List.of(known.value()).contains(text)) {
            String guess = Spelling.nearest(text, List.of(known.value()))
                    .map(found -> " (did you mean " + found + "?)")
                    .orElse("");
            throw wrong(key, node, "one of " + String.join(", ", known.value()) + guess);
        }
        return text;
    }

    private LocalDate date(JsonNode node, String key) {
        try {
            return LocalDate.parse(node.asText());
        } catch (DateTimeParseException e) {
            throw wrong(key, node, "a day as 2024-07-26");
        }
    }

    /** The value of a type that reads words itself. */
    static Object word(ConfigWord word, Class<?> type) {
        try {
            return type.getMethod("of", ConfigWord.class).invoke(null, word);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof BadInputException bad ? bad : new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has no public static method of(ConfigWord)", e);
        }
    }

    private BadInputException wrong(String key, JsonNode node, String wanted) {
        return new ConfigWord(tree, key, node).wrong(wanted);
    }
}
