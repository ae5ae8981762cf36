package dev.errata.model.chat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values that a call, filter or test is given. */
record CallArguments(List<Object> positional, Map<String, Object> named) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of());

    /** Stands where an argument wasn't given; None is a value like any other. */
    static final Object ABSENT = new Absent();

    private record Absent() {}

    static boolean isAbsent(Object value) {
        return value instanceof Absent;
    }

    /** The values in the order of the parameters' names, {@link #ABSENT} where not given. */
    Object[] bind(String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateFailure("too many arguments");
        }
        Object[] values = new Object[parameters.length];
        Arrays.fill(values, ABSENT);
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
        }
        named.forEach((name, value) -> {
            int at = Arrays.asList(parameters).indexOf(name);
            if (at < 0 || !isAbsent(values[at])) {
                throw new TemplateFailure("unexpected argument '" + name + "'");
            }
            values[at] = value;
        });
        return values;
    }

    /** These arguments without the first positional one. */
    CallArguments withoutFirst() {
        return new CallArguments(positional.subList(1, positional.size()), new LinkedHashMap<>(named));
    }

    static String text(Object value, String whenAbsent) {
        if (isAbsent(value)) {
            return whenAbsent;
        }
        if (value instanceof String text) {
            return text;
        }
        throw new TemplateFailure("a string is needed, not " + PythonValues.typeName(value));
    }

    static int integer(Object value, int whenAbsent) {
        if (isAbsent(value) || value == null) {
            return whenAbsent;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (value instanceof Long number) {
            return Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        throw new TemplateFailure("an integer is needed, not " + PythonValues.typeName(value));
    }

    static boolean flag(Object value, boolean whenAbsent) {
        return isAbsent(value) ? whenAbsent : PythonValues.isTrue(value);
    }
}
