package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The methods of a dict that don't change it. */
final class MapMethods {
    private MapMethods() {}

    /** The method, or null. */
    static TemplateFunction find(Map<?, ?> map, String name, Execution execution) {
        execution.chargeFor(map);
        return switch (name) {
            case "items" ->
                arguments -> {
                    arguments.bind();
                    return items(map);
                };
            case "keys" ->
                arguments -> {
                    arguments.bind();
                    return new ArrayList<Object>(map.keySet());
                };
            case "values" ->
                arguments -> {
                    arguments.bind();
                    return new ArrayList<Object>(map.values());
                };
            case "get" ->
                arguments -> {
                    Object[] given = arguments.bind("key", "default");
                    Object whenAbsent = CallArguments.isAbsent(given[1]) ? null : given[1];
                    return map.containsKey(execution.hashed(given[0])) ? map.get(given[0]) : whenAbsent;
                };
            case "copy" ->
                arguments -> {
                    arguments.bind();
                    return new LinkedHashMap<Object, Object>(map);
                };
            default -> null;
        };
    }

    /** A list of (key, value). */
    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(Tuple.of(key, value)));
        return items;
    }
}
