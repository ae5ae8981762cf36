package dev.errata.model.chat;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What can stand after {@code is}. */
final class Tests {
    private static final Map<String, Predicate<Object>> OF_ONE = Map.ofEntries(
            Map.entry("defined", value -> !(value instanceof Undefined)),
            Map.entry("undefined", value -> value instanceof Undefined),
            Map.entry("none", value -> value == null),
            Map.entry("string", value -> value instanceof String),
            Map.entry("mapping", value -> value instanceof Map<?, ?>),
            Map.entry("sequence", Tests::isIterable),
            Map.entry("iterable", Tests::isIterable),
            Map.entry("number", PythonValues::isNumber),
            Map.entry("integer", value -> value instanceof Long),
            Map.entry("float", value -> value instanceof Double),
            Map.entry("boolean", value -> value instanceof Boolean),
            Map.entry("true", value -> value instanceof Boolean flag && flag),
            Map.entry("false", value -> value instanceof Boolean flag && !flag),
            Map.entry("filter", value -> value instanceof String name && Filters.has(name)),
            Map.entry("test", value -> value instanceof String name && has(name)),
            Map.entry("callable", value -> value instanceof TemplateFunction),
            Map.entry("odd", value -> leaves(value, 2L, 1)),
            Map.entry("even", value -> leaves(value, 2L, 0)),
            Map.entry("upper", value -> Capitals.hasOnly(text(value), Character::isUpperCase, Character::isLowerCase)),
            Map.entry("lower", value -> Capitals.hasOnly(text(value), Character::isLowerCase, Character::isUpperCase)));

    /** A test with an argument. */
    private interface Comparison {
        boolean holds(Object left, Object right, Execution execution);
    }

    private static final Map<String, Comparison> OF_TWO = Map.ofEntries(
            Map.entry("eq", PythonValues::areEqual),
            Map.entry("equalto", PythonValues::areEqual),
            Map.entry("ne", (left, right, execution) -> !PythonValues.areEqual(left, right, execution)),
            Map.entry("lt", (left, right, execution) -> Arithmetic.order(left, right, execution) < 0),
            Map.entry("lessthan", (left, right, execution) -> Arithmetic.order(left, right, execution) < 0),
            Map.entry("le", (left, right, execution) -> Arithmetic.order(left, right, execution) <= 0),
            Map.entry("gt", (left, right, execution) -> Arithmetic.order(left, right, execution) > 0),
            Map.entry("greaterthan", (left, right, execution) -> Arithmetic.order(left, right, execution) > 0),
            Map.entry("ge", (left, right, execution) -> Arithmetic.order(left, right, execution) >= 0),
            Map.entry("in", (element, container, execution) -> PythonValues.contains(container, element, execution)),
            Map.entry("sameas", Tests::areSame),
            Map.entry("divisibleby", (left, right, _) -> leaves(left, right, 0)));

    private Tests() {}

    static boolean has(String name) {
        return OF_ONE.containsKey(name) || OF_TWO.containsKey(name);
    }

    static boolean holds(String name, Object value, CallArguments arguments, Execution execution) {
        execution.chargeFor(value);
        if (OF_ONE.containsKey(name)) {
            arguments.bind();
            return OF_ONE.get(name).test(value);
        }
        if (!OF_TWO.containsKey(name)) {
            throw new TemplateFailure("the test '" + name + "' isn't supported");
        }
        Object other = arguments.bind("other")[0];
        if (CallArguments.isAbsent(other)) {
            throw new TemplateFailure("the test '" + name + "' needs an argument");
        }
        return OF_TWO.get(name).holds(value, other, execution);
    }

    private static boolean isIterable(Object value) {
        return value instanceof List<?>
                || value instanceof Map<?, ?>
                || value instanceof String
                || value instanceof Undefined;
    }

    private static boolean areSame(Object left, Object right, Execution execution) {
        boolean sameKind = left == null || right == null || left.getClass() == right.getClass();
        return sameKind && PythonValues.areEqual(left, right, execution);
    }

    private static boolean leaves(Object value, Object divisor, long remainder) {
        Object left = Arithmetic.binary("%", value, divisor, new Execution());
        return Arithmetic.compareNumbers(left, remainder) == 0;
    }

    private static String text(Object value) {
        return PythonText.text(value, new Execution());
    }
}
