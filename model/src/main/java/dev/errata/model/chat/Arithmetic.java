package dev.errata.model.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Python's operators. Integers are 64 bits wide here; what doesn't fit is an error. */
final class Arithmetic {
    private Arithmetic() {}

    static Object binary(String operator, Object left, Object right, Execution execution) {
        if (operator.equals("~")) {
            String first = PythonText.text(left, execution);
            String second = PythonText.text(right, execution);
            return joined(first, second, execution);
        }
        failIfUndefined(left);
        failIfUndefined(right);
        try {
            return switch (operator) {
                case "+" -> add(left, right, execution);
                case "*" -> multiply(left, right, execution);
                default -> numeric(operator, left, right);
            };
        } catch (ArithmeticException e) {
            throw new TemplateFailure(
                    "integer " + (isZero(right) ? "division by zero" : "overflow") + " in '" + operator + "'");
        }
    }

    private static boolean isZero(Object value) {
        return value instanceof Long number && number == 0;
    }

    private static void failIfUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
    }

    private static String joined(String left, String right, Execution execution) {
        execution.chargeText((long) left.length() + right.length());
        return left + right;
    }

    private static Object add(Object left, Object right, Execution execution) {
        if (left instanceof String first && right instanceof String second) {
            return joined(first, second, execution);
        }
        if (left instanceof List<?> first
                && right instanceof List<?> second
                && left instanceof Tuple == right instanceof Tuple) {
            execution.charge((long) first.size() + second.size());
            List<Object> all = new ArrayList<>(first);
            all.addAll(second);
            return left instanceof Tuple ? new Tuple(all) : all;
        }
        return numeric("+", left, right);
    }

    private static Object multiply(Object left, Object right, Execution execution) {
        if (left instanceof String text && isInteger(right)) {
            int times = times(right);
            execution.chargeText((long) text.length() * times);
            return text.repeat(times);
        }
        if (left instanceof List<?> list && isInteger(right)) {
            int times = times(right);
            execution.charge((long) list.size() * times);
            List<Object> all = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                all.addAll(list);
            }
            return left instanceof Tuple ? new Tuple(all) : all;
        }
        boolean swapped = isInteger(left) && (right instanceof String || right instanceof List<?>);
        return swapped ? multiply(right, left, execution) : numeric("*", left, right);
    }

    private static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    private static int times(Object count) {
        return Math.clamp(integer(count), 0, Integer.MAX_VALUE);
    }

    private static long integer(Object value) {
        return value instanceof Boolean flag ? (flag ? 1 : 0) : (Long) value;
    }

    /** The value as a double, of a number. */
    static double real(Object value) {
        return value instanceof Double number ? number : integer(value);
    }

    private static Object numeric(String operator, Object left, Object right) {
        if (!PythonValues.isNumber(left) || !PythonValues.isNumber(right)) {
            throw new TemplateFailure("'" + operator + "' doesn't go with " + PythonValues.typeName(left) + " and "
                    + PythonValues.typeName(right));
        }
        if (operator.equals("/") || !isInteger(left) || !isInteger(right)) {
            return real(operator, real(left), real(right));
        }
        long a = integer(left);
        long b = integer(right);
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            case "**" -> b >= 0 ? (Object) power(a, b) : real(operator, real(left), real(right));
            default -> throw new TemplateFailure("unknown operator '" + operator + "'");
        };
    }

    private static Object real(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new TemplateFailure("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            case "**" -> Math.pow(a, b);
            default -> throw new TemplateFailure("unknown operator '" + operator + "'");
        };
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    static Object sign(boolean negative, Object value) {
        if (value instanceof Double number) {
            return negative ? -number : number;
        }
        if (!PythonValues.isNumber(value)) {
            throw new TemplateFailure("a sign doesn't go with " + PythonValues.typeName(value));
        }
        return negative ? Math.negateExact(integer(value)) : integer(value);
    }

    static int compareNumbers(Object left, Object right) {
        if (isInteger(left) && isInteger(right)) {
            return Long.compare(integer(left), integer(right));
        }
        double first = real(left) + 0.0;
        double second = real(right) + 0.0;
        if (first != second || Double.isInfinite(first) || left.getClass() == right.getClass()) {
            return Double.compare(first, second);
        }
        // An integer beyond 2^53 and a double that look alike may still differ; sorting needs one order of all.
        return exact(left).compareTo(exact(right));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double real ? new BigDecimal(real) : BigDecimal.valueOf(integer(number));
    }

    /** Order of numbers, strings, and lists of them. */
    static int order(Object left, Object right, Execution execution) {
        execution.chargeFor(left);
        failIfUndefined(left);
        failIfUndefined(right);
        if (PythonValues.isNumber(left) && PythonValues.isNumber(right)) {
            return compareNumbers(left, right);
        }
        if (left instanceof String first && right instanceof String second) {
            return PythonText.compare(first, second);
        }
        if (left instanceof List<?> first && right instanceof List<?> second) {
            for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
                if (!PythonValues.areEqual(first.get(i), second.get(i), execution)) {
                    return order(first.get(i), second.get(i), execution);
                }
            }
            return Integer.compare(first.size(), second.size());
        }
        throw new TemplateFailure(
                "no order between " + PythonValues.typeName(left) + " and " + PythonValues.typeName(right));
    }

    static boolean compare(String operator, Object left, Object right, Execution execution) {
        return switch (operator) {
            case "==" -> PythonValues.areEqual(left, right, execution);
            case "!=" -> !PythonValues.areEqual(left, right, execution);
            case "in" -> PythonValues.contains(right, left, execution);
            case "not in" -> !PythonValues.contains(right, left, execution);
            case "<" -> order(left, right, execution) < 0;
            case "<=" -> order(left, right, execution) <= 0;
            case ">" -> order(left, right, execution) > 0;
            case ">=" -> order(left, right, execution) >= 0;
            default -> throw new TemplateFailure("unknown operator '" + operator + "'");
        };
    }
}
