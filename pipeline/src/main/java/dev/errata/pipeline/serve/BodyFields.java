package dev.errata.pipeline.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.train.binding.Spelling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a request's body. Every getter refuses a value of another type or out of range and names the field; null is
 * as good as absent, as clients write it.
 */
public final class BodyFields {
    private final ObjectNode fields;
    private final String path;
    private final Set<String> known = new TreeSet<>();

    private BodyFields(ObjectNode fields, String path) {
        this.fields = fields;
        this.path = path;
    }

    /**
     * @throws RequestFault if the body is no JSON object
     */
    public static BodyFields of(byte[] body) {
        JsonNode tree;
        try {
            tree = Json.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw RequestFault.invalid(
                    null,
                    "invalid_json",
                    "the body is no JSON: " + e.getOriginalMessage().replaceAll("\\s+", " "));
        } catch (IOException e) {
            throw RequestFault.invalid(null, "invalid_json", "the body is no text in UTF-8");
        }
        if (!(tree instanceof ObjectNode object)) {
            throw RequestFault.invalid(null, "invalid_json", "the body must be a JSON object");
        }
        return new BodyFields(object, "");
    }

    /** The fault for a field that can't be used. */
    public RequestFault wrong(String name, String message) {
        return RequestFault.invalid(path + name, message);
    }

    private JsonNode get(String name) {
        known.add(name);
        JsonNode value = fields.get(name);
        return value == null || value.isNull() ? null : value;
    }

    public boolean has(String name) {
        return get(name) != null;
    }

    /** A value of any type, or null. */
    public JsonNode tree(String name) {
        return get(name);
    }

    private RequestFault notA(String name, String kind) {
        String value = fields.get(name).toString();
        return wrong(name, "must be " + kind + ", not " + (value.length() > 60 ? value.substring(0, 60) + "…" : value));
    }

    public String text(String name, String absent) {
        JsonNode value = get(name);
        if (value == null) {
            return absent;
        }
        if (!value.isTextual()) {
            throw notA(name, "a string");
        }
        return value.textValue();
    }

    public boolean flag(String name, boolean absent) {
        JsonNode value = get(name);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw notA(name, "true or false");
        }
        return value.booleanValue();
    }

    public double number(String name, double absent, double least, double most) {
        JsonNode value = get(name);
        if (value == null) {
            return absent;
        }
        double number = value.doubleValue();
        if (!value.isNumber() || !(number >= least) || !(number <= most) || Double.isInfinite(number)) {
            throw notA(
                    name,
                    most == Double.MAX_VALUE
                            ? "a number of at least " + shown(least)
                            : "a number from " + shown(least) + " to " + shown(most));
        }
        return number;
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) && Math.abs(bound) < 1e15
                ? Long.toString((long) bound)
                : Double.toString(bound);
    }

    /** A whole number, or null where there is none. */
    public Long whole(String name, long least, long most) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw notA(
                    name,
                    most == Long.MAX_VALUE
                            ? "a whole number" + (least == Long.MIN_VALUE ? "" : " of at least " + least)
                            : "a whole number from " + least + " to " + most);
        }
        return value.longValue();
    }

    public int count(String name, int absent, int least, int most) {
        Long value = whole(name, least, most);
        return value == null ? absent : value.intValue();
    }

    /** A list of texts; one alone stands for a list of it. */
    public List<String> texts(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(value.textValue());
        }
        List<String> texts = new ArrayList<>();
        if (value instanceof ArrayNode list) {
            for (JsonNode each : list) {
                if (!each.isTextual()) {
                    throw notA(name, "a string or a list of strings");
                }
                texts.add(each.textValue());
            }
            return texts;
        }
        throw notA(name, "a string or a list of strings");
    }

    /** Token ids, each one of a vocabulary's. */
    public int[] ids(String name, int vocabulary) {
        return get(name) instanceof ArrayNode list ? ids(name, list, vocabulary) : new int[0];
    }

    /** The same for a list within a field. */
    public int[] ids(String name, ArrayNode list, int vocabulary) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode each = list.get(i);
            if (!each.isIntegralNumber()
                    || !each.canConvertToInt()
                    || each.intValue() < 0
                    || each.intValue() >= vocabulary) {
                throw wrong(name, "holds " + each + ", which is no token: ids are from 0 to " + (vocabulary - 1));
            }
            ids[i] = each.intValue();
        }
        return ids;
    }

    /** An object as fields of their own, or null. */
    public BodyFields block(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode object)) {
            throw notA(name, "an object");
        }
        return new BodyFields(object, path + name + ".");
    }

    /** An object as a map; empty where there is none. */
    public Map<String, Object> map(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return Map.of();
        }
        if (!value.isObject()) {
            throw notA(name, "an object");
        }
        return Json.MAPPER.convertValue(value, new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    /** Passes over these fields, whatever they hold. */
    public void ignore(String... names) {
        known.addAll(List.of(names));
    }

    /**
     * Takes a field only where it asks for nothing.
     *
     * @param neutral values that change nothing, as JSON writes them
     */
    public void refuse(String name, String... neutral) {
        JsonNode value = get(name);
        if (value != null && !List.of(neutral).contains(value.toString())) {
            throw RequestFault.invalid(path + name, "unsupported_parameter", "is not supported by this server");
        }
    }

    /**
     * @throws RequestFault if there is a field that nobody asked for, as it might have changed the answer
     */
    public void refuseUnknown() {
        fields.properties().forEach(each -> {
            String name = each.getKey();
            if (!known.contains(name) && !each.getValue().isNull()) {
                String guess = Spelling.nearest(name, List.copyOf(known))
                        .map(found -> ", did you mean " + found)
                        .orElse("");
                throw RequestFault.invalid(path + name, "unknown_parameter", "is no field of this request" + guess);
            }
        });
    }
}
