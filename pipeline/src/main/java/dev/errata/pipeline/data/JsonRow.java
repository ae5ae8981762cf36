package dev.errata.pipeline.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.Spelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * One row with the place it came from. Every getter refuses a value of another type; a field that may be left out or null
 * has a getter with {@code OrNull} or a default.
 *
 * @param line from 1
 */
public record JsonRow(Path file, int line, ObjectNode fields) {
    /** File and line, as {@code rows.jsonl:7}. */
    public String where() {
        return file + ":" + line;
    }

    /** The exception for something wrong with this row. */
    public BadInputException wrong(String what, String remedy) {
        return new BadInputException(what.replaceAll("\\s+", " ").replace(':', ' '), where(), remedy);
    }

    /** Refuses fields other than these; returns this row. */
    public JsonRow allow(String... names) {
        List<String> known = List.of(names);
        for (Iterator<String> each = fields.fieldNames(); each.hasNext(); ) {
            String name = each.next();
            if (!known.contains(name)) {
                String guess = Spelling.nearest(name, known)
                        .map(found -> ", did you mean " + found)
                        .orElse("");
                throw wrong("unknown field " + name + guess, "a row here has " + String.join(", ", known));
            }
        }
        return this;
    }

    /** Whether the field is there and not null. */
    public boolean has(String name) {
        return fields.hasNonNull(name);
    }

    /** Whether all these fields are there and not null. */
    public boolean hasAll(String... names) {
        return Arrays.stream(names).allMatch(this::has);
    }

    private JsonNode required(String name, String kind) {
        if (!has(name)) {
            throw wrong("field " + name + " is missing", "add " + name + ", " + kind);
        }
        return fields.get(name);
    }

    private BadInputException notA(String name, String kind) {
        String value = fields.get(name).toString();
        String shown = value.length() > 60 ? value.substring(0, 60) + "…" : value;
        return wrong("field " + name + " is " + shown, "give " + kind);
    }

    public String text(String name) {
        JsonNode node = required(name, "a text");
        if (!node.isTextual()) {
            throw notA(name, "a text");
        }
        return node.textValue();
    }

    public String textOrNull(String name) {
        return has(name) ? text(name) : null;
    }

    /** A name: a text that isn't empty, or a whole number, which is taken as its text. */
    public String id(String name) {
        JsonNode node = required(name, "a text");
        if (node.isIntegralNumber()) {
            return node.asText();
        }
        if (!node.isTextual() || node.textValue().isEmpty()) {
            throw notA(name, "a text that is not empty");
        }
        return node.textValue();
    }

    public boolean flag(String name) {
        JsonNode node = required(name, "true or false");
        if (!node.isBoolean()) {
            throw notA(name, "true or false");
        }
        return node.booleanValue();
    }

    public boolean flagOr(String name, boolean absent) {
        return has(name) ? flag(name) : absent;
    }

    public int whole(String name) {
        return (int) longWithin(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** A whole number of at least 0. */
    public int count(String name) {
        return (int) longWithin(name, 0, Integer.MAX_VALUE);
    }

    public Integer wholeOrNull(String name) {
        return has(name) ? Integer.valueOf(whole(name)) : null;
    }

    public long longOr(String name, long absent) {
        return has(name) ? longWithin(name, Long.MIN_VALUE, Long.MAX_VALUE) : absent;
    }

    private long longWithin(String name, long least, long most) {
        JsonNode node = required(name, "a whole number");
        if (!node.isIntegralNumber()
                || !node.canConvertToLong()
                || node.longValue() < least
                || node.longValue() > most) {
            throw notA(name, least == 0 ? "a whole number of at least 0" : "a whole number");
        }
        return node.longValue();
    }

    /** A finite number. */
    public double number(String name) {
        JsonNode node = required(name, "a number");
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw notA(name, "a number");
        }
        return node.doubleValue();
    }

    public double numberOr(String name, double absent) {
        return has(name) ? number(name) : absent;
    }

    /** A list of whole numbers. */
    public int[] wholes(String name) {
        JsonNode node = required(name, "a list of whole numbers");
        if (!(node instanceof ArrayNode array)) {
            throw notA(name, "a list of whole numbers");
        }
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode each = array.get(i);
            if (!each.isIntegralNumber() || !each.canConvertToInt()) {
                throw wrong("field " + name + " holds " + each, "give a list of whole numbers");
            }
            values[i] = each.intValue();
        }
        return values;
    }

    public int[] wholesOrNull(String name) {
        return has(name) ? wholes(name) : null;
    }

    /** A list of texts. */
    public List<String> texts(String name) {
        JsonNode node = required(name, "a list of texts");
        if (!(node instanceof ArrayNode array)) {
            throw notA(name, "a list of texts");
        }
        List<String> values = new ArrayList<>();
        for (JsonNode each : array) {
            if (!each.isTextual()) {
                throw wrong("field " + name + " holds " + each, "give a list of texts");
            }
            values.add(each.textValue());
        }
        return values;
    }

    /** An object or list of any shape. */
    public JsonNode tree(String name) {
        return required(name, "a value");
    }

    /** An object as a row of its own, whose complaints name this line. */
    public JsonRow block(String name) {
        if (required(name, "an object") instanceof ObjectNode object) {
            return new JsonRow(file, line, object);
        }
        throw notA(name, "an object");
    }

    /** A list of objects, each as a row of its own whose complaints name this line. */
    public List<JsonRow> blocks(String name) {
        if (!(required(name, "a list of objects") instanceof ArrayNode array)) {
            throw notA(name, "a list of objects");
        }
        List<JsonRow> rows = new ArrayList<>();
        for (JsonNode each : array) {
            if (!(each instanceof ObjectNode object)) {
                throw wrong("field " + name + " holds " + each, "give a list of objects");
            }
            rows.add(new JsonRow(file, line, object));
        }
        return rows;
    }
}
