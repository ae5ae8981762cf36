package dev.errata.model.chat;

import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {
    /** A filter: the value before the pipe, and the arguments. */
    @FunctionalInterface
    interface Filter {
        Object apply(Object value, CallArguments arguments, Execution execution);
    }

    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        TextFilters.addTo(ALL);
        NumberFilters.addTo(ALL);
        SequenceFilters.addTo(ALL);
        SelectionFilters.addTo(ALL);
    }

    private Filters() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Object apply(String name, Object value, CallArguments arguments, Execution execution) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new TemplateFailure("the filter '" + name + "' isn't supported");
        }
        execution.chargeFor(value);
        return filter.apply(value, arguments, execution);
    }
}
