package dev.errata.model.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the values of a template are, and what Python says of them. None is null, integers are Long, floats Double, lists List, tuples
 * {@link Tuple}, dicts Map with their order kept; besides String, Boolean, {@link Undefined}, {@link Namespace},
 * {@link LoopState} and {@link TemplateFunction}.
 */
final class PythonValues {
    private static final int MAX_DEPTH = 200;
    /** A character of its own takes the memory of some thirty in a text. */
    private static final int STEPS_PER_CHARACTER = 4;

    private PythonValues() {}

    /** A value from outside, with numbers as Long or Double. */
    static Object of(Object value) {
        return of(value, 0);
    }

    private static Object of(Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new TemplateFailure("values nested more than " + MAX_DEPTH + " deep");
        }
        return switch (value) {
            case Float number -> number.doubleValue();
            case Double number -> number;
            case BigDecimal number -> number.doubleValue();
            case BigInteger number -> number.bitLength() < 64 ? number.longValue() : (Object) number.doubleValue();
            case Number number -> number.longValue();
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                list.forEach(element -> copy.add(of(element, depth + 1)));
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, element) -> copy.put(of(key, depth + 1), of(element, depth + 1)));
                yield copy;
            }
            case null, default -> value;
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Undefined _ -> false;
            default -> true;
        };
    }

    static boolean areEqual(Object left, Object right, Execution execution) {
        execution.chargeFor(left);
        if (isNumber(left) && isNumber(right)) {
            return Arithmetic.compareNumbers(left, right) == 0;
        }
        return switch (left) {
            case null -> right == null;
            case Undefined _ -> right instanceof Undefined;
            case List<?> list ->
                right instanceof List<?> other
                        && left instanceof Tuple == right instanceof Tuple
                        && areEqual(list, other, execution);
            case Map<?, ?> map -> right instanceof Map<?, ?> other && areEqual(map, other, execution);
            default -> left.equals(right);
        };
    }

    private static boolean areEqual(List<?> left, List<?> right, Execution execution) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!areEqual(left.get(i), right.get(i), execution)) {
                return false;
            }
        }
        return true;
    }

    private static boolean areEqual(Map<?, ?> left, Map<?, ?> right, Execution execution) {
        return left.size() == right.size()
                && left.entrySet().stream()
                        .allMatch(entry -> right.containsKey(execution.hashed(entry.getKey()))
                                && areEqual(entry.getValue(), right.get(entry.getKey()), execution));
    }

    /** Booleans are numbers too. */
    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** What a loop over the value goes through: a list's elements, a dict's keys, a string's characters. */
    static List<Object> elements(Object value, Execution execution) {
        execution.chargeFor(value);
        return switch (value) {
            case List<?> list -> new ArrayList<>(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> {
                execution.charge((long) STEPS_PER_CHARACTER * text.length());
                List<Object> characters = new ArrayList<>(text.length());
                text.codePoints().forEach(c -> characters.add(Character.toString(c)));
                yield characters;
            }
            case Undefined _ -> List.of();
            case null, default -> throw new TemplateFailure(typeName(value) + " can't be looped over");
        };
    }

    static long length(Object value) {
        return switch (value) {
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case String text -> text.codePointCount(0, text.length());
            case Undefined _ -> 0;
            case null, default -> throw new TemplateFailure(typeName(value) + " has no length");
        };
    }

    static boolean contains(Object container, Object element, Execution execution) {
        execution.chargeFor(container);
        return switch (container) {
            case String text -> {
                if (element instanceof String part) {
                    yield text.contains(part);
                }
                throw new TemplateFailure("only a string can be in a string, not " + typeName(element));
            }
            case Map<?, ?> map -> map.containsKey(execution.hashed(element));
            case List<?> list -> list.stream().anyMatch(each -> areEqual(each, element, execution));
            case Undefined _ -> false;
            case null, default -> throw new TemplateFailure("nothing can be in " + typeName(container));
        };
    }

    /** Python's name of the value's type. */
    static String typeName(Object value) {
        return switch (value) {
            case null -> "None";
            case Boolean _ -> "a bool";
            case Long _ -> "an int";
            case Double _ -> "a float";
            case String _ -> "a str";
            case Tuple _ -> "a tuple";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a dict";
            case Undefined undefined -> "the undefined '" + undefined.name() + "'";
            case Namespace _ -> "a namespace";
            case TemplateFunction _ -> "a function";
            default -> "this object";
        };
    }
}
