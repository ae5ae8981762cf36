package dev.errata.train.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.errata.tensor.BadInputException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
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
            Type entry = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return list(node, component, (Class<?>) entry, key);
        }
        return single(node, component, component.getType(), key);
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
            return path(node, key);
        } else if (type == Validation.class) {
            return validation(node, key);
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
        if (!node.isValueNode() || node.isNull()) {
            throw wrong(key, node, "a single text");
        }
        String text = node.asText();
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

    private Validation validation(JsonNode node, String key) {
        boolean isNumber =
                node.isNumber() || (node.isTextual() && node.textValue().matches("[0-9]*\\.?[0-9]+"));
        if (!isNumber) {
            return new Validation.OfFile(path(node, key));
        }
        double fraction = node.isNumber() ? node.doubleValue() : Double.parseDouble(node.textValue());
        if (!(fraction > 0 && fraction < 1)) {
            throw wrong(key, node, "a file of rows, or a fraction between 0 and 1 as 0.05");
        }
        return new Validation.OfRows(fraction);
    }

    private Path path(JsonNode node, String key) {
        if (!node.isValueNode() || node.asText().isBlank()) {
            throw wrong(key, node, "a path");
        }
        try {
            return tree.resolve(key, node.asText());
        } catch (InvalidPathException e) {
            throw wrong(key, node, "a path");
        }
    }

    private BadInputException wrong(String key, JsonNode node, String wanted) {
        String value = node.isTextual() ? node.textValue() : node.isNumber() ? node.asText() : node.toString();
        String shown = value.length() > 80 ? value.substring(0, 80) + "…" : value;
        return new BadInputException(
                Place.plain(key + " is " + (shown.isEmpty() ? "empty" : shown)), tree.originOf(key), "give " + wanted);
    }
}
