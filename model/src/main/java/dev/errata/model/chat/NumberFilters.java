package dev.errata.model.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Filters that make numbers. */
final class NumberFilters {
    private static final Pattern REAL = Pattern.compile("[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?");

    private NumberFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("length", NumberFilters::length);
        filters.put("count", NumberFilters::length);
        filters.put("int", (value, arguments, _) -> {
            Object[] given = arguments.bind("default", "base");
            Object whenWrong = given[0];
            int base = CallArguments.integer(given[1], 10);
            Object number = base == 10 || !(value instanceof String text) ? number(value) : inBase(text, base);
            if (number == null) {
                return CallArguments.isAbsent(whenWrong) ? 0L : whenWrong;
            }
            return number instanceof Double real ? (Object) real.longValue() : number;
        });
        filters.put("float", (value, arguments, _) -> {
            Object whenWrong = arguments.bind("default")[0];
            Object number = number(value);
            if (number == null) {
                return CallArguments.isAbsent(whenWrong) ? 0.0 : whenWrong;
            }
            return Arithmetic.real(number);
        });
        filters.put("abs", (value, arguments, _) -> {
            arguments.bind();
            boolean negative = PythonValues.isNumber(value) && Arithmetic.real(value) < 0;
            return Arithmetic.sign(negative, value);
        });
        filters.put("round", (value, arguments, _) -> round(value, arguments));
    }

    private static Object length(Object value, CallArguments arguments, Execution execution) {
        arguments.bind();
        return PythonValues.length(value);
    }

    /** A Long or Double, or null when the value is no number. */
    private static Object number(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        if (!(value instanceof String text)) {
            return PythonValues.isNumber(value) ? value : null;
        }
        String digits = PythonText.strip(text);
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException notAnInteger) {
            return real(digits);
        }
    }

    /** What Python's {@code float} reads, or null. */
    private static Double real(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            case "nan", "+nan", "-nan" -> Double.NaN;
            default -> REAL.matcher(text).matches() ? Double.valueOf(text) : null;
        };
    }

    /** An integer in a base, with the base's prefix or without it, or null. */
    private static Long inBase(String text, int base) {
        String digits = PythonText.strip(text).toLowerCase(Locale.ROOT);
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        try {
            return Long.parseLong(digits.startsWith(prefix) ? digits.substring(prefix.length()) : digits, base);
        } catch (NumberFormatException notAnInteger) {
            return null;
        }
    }

    private static Object round(Object value, CallArguments arguments) {
        Object[] given = arguments.bind("precision", "method");
        if (!PythonValues.isNumber(value)) {
            throw new TemplateFailure(PythonValues.typeName(value) + " can't be rounded");
        }
        RoundingMode mode = switch (CallArguments.text(given[1], "common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new TemplateFailure("round knows common, ceil and floor");
        };
        int digits = Math.clamp(CallArguments.integer(given[0], 0), -400, 400);
        if (mode == RoundingMode.HALF_EVEN && !(value instanceof Double)) {
            return BigDecimal.valueOf((long) Arithmetic.real(value))
                    .setScale(Math.min(digits, 0), mode)
                    .longValue();
        }
        double number = Arithmetic.real(value);
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return number;
        }
        return new BigDecimal(number).setScale(digits, mode).doubleValue();
    }
}
