package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Filters that look at each element of a list: map, select, reject, selectattr, rejectattr, attr. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("map", SelectionFilters::map);
        filters.put("select", (value, arguments, execution) -> select(value, arguments, execution, false, true));
        filters.put("reject", (value, arguments, execution) -> select(value, arguments, execution, false, false));
        filters.put("selectattr", (value, arguments, execution) -> select(value, arguments, execution, true, true));
        filters.put("rejectattr", (value, arguments, execution) -> select(value, arguments, execution, true, false));
        filters.put("attr", (value, arguments, execution) -> {
            String name = CallArguments.text(arguments.bind("name")[0], "");
            boolean hasItemsOnly = value instanceof Map<?, ?> map && MapMethods.find(map, name, execution) == null;
            return hasItemsOnly ? new Undefined(name) : Evaluator.attribute(value, name, execution);
        });
    }

    private static Object map(Object value, CallArguments arguments, Execution execution) {
        if (arguments.named().containsKey("attribute")) {
            Object[] given = arguments.bind("attribute", "default");
            return attributes(value, given[0], given[1], execution);
        }
        String name = firstName(arguments);
        List<Object> mapped = new ArrayList<>();
        for (Object element : PythonValues.elements(value, execution)) {
            mapped.add(Filters.apply(name, element, arguments.withoutFirst(), execution));
        }
        return mapped;
    }

    private static Object select(
            Object value, CallArguments arguments, Execution execution, boolean byAttribute, boolean keeps) {
        if (byAttribute && arguments.positional().isEmpty()) {
            throw new TemplateFailure("the name of an attribute is needed");
        }
        CallArguments rest = byAttribute ? arguments.withoutFirst() : arguments;
        List<Object> kept = new ArrayList<>();
        for (Object element : PythonValues.elements(value, execution)) {
            execution.charge(1);
            Object tested =
                    byAttribute ? attribute(element, arguments.positional().getFirst(), execution) : element;
            boolean holds = rest.positional().isEmpty()
                    ? PythonValues.isTrue(tested)
                    : Tests.holds(testName(firstName(rest)), tested, rest.withoutFirst(), execution);
            if (holds == keeps) {
                kept.add(element);
            }
        }
        return kept;
    }

    private static String firstName(CallArguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateFailure("the name of a filter or test is needed");
        }
        return CallArguments.text(arguments.positional().getFirst(), "");
    }

    /** Tests that may also be written as an operator. */
    private static String testName(String name) {
        return switch (name) {
            case "==" -> "eq";
            case "!=" -> "ne";
            case "<" -> "lt";
            case "<=" -> "le";
            case ">" -> "gt";
            case ">=" -> "ge";
            default -> name;
        };
    }

    /** The attribute of each element; {@code whenAbsent} where an element lacks it, if that is given. */
    static List<Object> attributes(Object value, Object attribute, Object whenAbsent, Execution execution) {
        List<Object> found = new ArrayList<>();
        for (Object element : PythonValues.elements(value, execution)) {
            execution.charge(1);
            Object each = attribute(element, attribute, execution);
            found.add(each instanceof Undefined && !CallArguments.isAbsent(whenAbsent) ? whenAbsent : each);
        }
        return found;
    }

    /** An attribute by a name with dots, or an item by a number. */
    static Object attribute(Object element, Object attribute, Execution execution) {
        if (!(attribute instanceof String path)) {
            return Evaluator.item(element, attribute, execution);
        }
        Object value = element;
        for (String name : path.split("\\.")) {
            Object key = !name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit)
                    ? (Object) Long.valueOf(name)
                    : name;
            value = Evaluator.item(value, key, execution);
        }
        return value;
    }
}
