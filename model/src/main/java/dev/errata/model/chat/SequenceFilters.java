package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Filters on lists as wholes, and {@code default}. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("default", SequenceFilters::orDefault);
        filters.put("d", SequenceFilters::orDefault);
        filters.put("list", (value, arguments, execution) -> elements(value, arguments, execution));
        filters.put("items", (value, arguments, _) -> {
            arguments.bind();
            return switch (value) {
                case Map<?, ?> map -> MapMethods.items(map);
                case Undefined _ -> List.of();
                case null, default -> throw new TemplateFailure(PythonValues.typeName(value) + " has no items");
            };
        });
        filters.put("first", (value, arguments, execution) -> {
            List<Object> elements = elements(value, arguments, execution);
            return elements.isEmpty() ? new Undefined("the first of nothing") : elements.getFirst();
        });
        filters.put("last", (value, arguments, execution) -> {
            List<Object> elements = elements(value, arguments, execution);
            return elements.isEmpty() ? new Undefined("the last of nothing") : elements.getLast();
        });
        filters.put("reverse", (value, arguments, execution) -> {
            List<Object> reversed = elements(value, arguments, execution).reversed();
            return value instanceof String ? TextFilters.join(reversed, "", execution) : new ArrayList<>(reversed);
        });
        filters.put("sort", SequenceFilters::sort);
        filters.put("dictsort", SequenceFilters::dictSort);
        filters.put("unique", SequenceFilters::unique);
        filters.put("min", (value, arguments, execution) -> extreme(value, arguments, execution, 1));
        filters.put("max", (value, arguments, execution) -> extreme(value, arguments, execution, -1));
        filters.put("sum", SequenceFilters::sum);
        filters.put("batch", SequenceFilters::batch);
        filters.put("groupby", SequenceFilters::groupBy);
    }

    private static List<Object> elements(Object value, CallArguments arguments, Execution execution) {
        arguments.bind();
        List<Object> elements = PythonValues.elements(value, execution);
        execution.charge(elements.size());
        return elements;
    }

    private static Object orDefault(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("default_value", "boolean");
        boolean missing =
                value instanceof Undefined || (CallArguments.flag(given[1], false) && !PythonValues.isTrue(value));
        return missing ? (CallArguments.isAbsent(given[0]) ? "" : given[0]) : value;
    }

    /** Order of elements, by an attribute where one is given; letters of both cases alike unless said otherwise. */
    private static Comparator<Object> order(Object attribute, Object caseSensitive, Execution execution) {
        boolean exact = CallArguments.flag(caseSensitive, false);
        return Comparator.comparing(
                element -> key(element, attribute, exact, execution),
                (left, right) -> Arithmetic.order(left, right, execution));
    }

    private static Object key(Object element, Object attribute, boolean exact, Execution execution) {
        if (attribute instanceof String names && names.contains(",")) {
            List<Object> keys = new ArrayList<>();
            for (String name : names.split(",")) {
                keys.add(key(element, name, exact, execution));
            }
            return keys;
        }
        Object key = CallArguments.isAbsent(attribute) || attribute == null
                ? element
                : SelectionFilters.attribute(element, attribute, execution);
        return !exact && key instanceof String text ? text.toLowerCase(Locale.ROOT) : key;
    }

    private static Object sort(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("reverse", "case_sensitive", "attribute");
        List<Object> elements = PythonValues.elements(value, execution);
        Comparator<Object> order = order(given[2], given[1], execution);
        elements = new ArrayList<>(elements);
        elements.sort(CallArguments.flag(given[0], false) ? order.reversed() : order);
        return elements;
    }

    private static Object dictSort(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw new TemplateFailure(PythonValues.typeName(value) + " has no items");
        }
        Long column = CallArguments.text(given[1], "key").equals("value") ? 1L : 0L;
        Comparator<Object> order = order(column, given[0], execution);
        List<Object> items = MapMethods.items(map);
        items.sort(CallArguments.flag(given[2], false) ? order.reversed() : order);
        return items;
    }

    /** Pairs of an attribute's value and the elements that have it, ordered by the value. */
    private static Object groupBy(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("attribute", "default", "case_sensitive");
        Comparator<Object> order = order(given[0], given[2], execution);
        List<Object> elements = new ArrayList<>(PythonValues.elements(value, execution));
        elements.sort(order);
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            group.add(elements.get(i));
            boolean ends = i + 1 == elements.size() || order.compare(elements.get(i), elements.get(i + 1)) != 0;
            if (ends) {
                groups.add(Tuple.group(SelectionFilters.attribute(group.getFirst(), given[0], execution), group));
                group = new ArrayList<>();
            }
        }
        return groups;
    }

    private static Object unique(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("case_sensitive", "attribute");
        Set<Object> seen = new HashSet<>();
        List<Object> kept = new ArrayList<>();
        for (Object element : PythonValues.elements(value, execution)) {
            execution.charge(1);
            if (seen.add(execution.hashed(key(element, given[1], CallArguments.flag(given[0], false), execution)))) {
                kept.add(element);
            }
        }
        return kept;
    }

    /** @param direction 1 for the smallest, -1 for the largest; the first of equals */
    private static Object extreme(Object value, CallArguments arguments, Execution execution, int direction) {
        Object[] given = arguments.bind("case_sensitive", "attribute");
        Comparator<Object> order = order(given[1], given[0], execution);
        Object best = new Undefined("the extreme of nothing");
        for (Object element : PythonValues.elements(value, execution)) {
            if (best instanceof Undefined || direction * Integer.signum(order.compare(element, best)) < 0) {
                best = element;
            }
        }
        return best;
    }

    private static Object sum(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("attribute", "start");
        Object total = CallArguments.isAbsent(given[1]) ? 0L : given[1];
        for (Object element : PythonValues.elements(value, execution)) {
            total = Arithmetic.binary("+", total, key(element, given[0], true, execution), execution);
        }
        return total;
    }

    private static Object batch(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("linecount", "fill_with");
        int size = CallArguments.integer(given[0], 0);
        if (size < 1) {
            throw new TemplateFailure("batch needs a size from 1");
        }
        List<Object> elements = PythonValues.elements(value, execution);
        execution.charge(elements.size());
        List<Object> batches = new ArrayList<>();
        for (int from = 0; from < elements.size(); from += size) {
            Object[] batch = Arrays.copyOfRange(elements.toArray(), from, Math.min(from + size, elements.size()));
            List<Object> row = new ArrayList<>(Arrays.asList(batch));
            boolean fills = !CallArguments.isAbsent(given[1]) && given[1] != null;
            execution.charge(fills ? size : 0);
            while (fills && row.size() < size) {
                row.add(given[1]);
            }
            batches.add(row);
        }
        return batches;
    }
}
