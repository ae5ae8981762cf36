package dev.errata.model.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** Filters that make numbers. */
final class NumberFilters {
    private NumberFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("length", NumberFilters::length);
        filters.put("count", NumberFilters::length);
        filters.put("int", (value, arguments, _) -> {
            Object whenWrong = arguments.bind("default")[0];
            Object number = number(value);
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
            boolean negative = Values.isNumber(value) && Arithmetic.real(value) < 0;
            return Arithmetic.sign(negative, value);
        });
        filters.put("round", (value, arguments, _) -> round(value, arguments));
    }

    private static Object length(Object value, CallArguments arguments, Execution execution) {
        arguments.bind();
        return Values.length(value);
    }

    /** A Long or Double, or null when the value is no number. */
    private static Object number(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        if (!(value instanceof String text)) {
            return Values.isNumber(value) ? value : null;
        }
        String digits = PythonText.strip(text);
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException notAnInteger) {
            try {
                return Double.parseDouble(digits);
            } catch (NumberFormatException notANumber) {
                return null;
            }
        }
    }

    private static Object round(Object value, CallArguments arguments) {
        Object[] given = arguments.bind("precision", "method");
        if (!Values.isNumber(value)) {
            throw new TemplateFailure(Values.typeName(value) + " can't be rounded");
        }
        RoundingMode mode = switch (CallArguments.text(given[1], "common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new TemplateFailure("round knows common, ceil and floor");
        };
        double number = Arithmetic.real(value);
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return number;
        }
        int digits = Math.clamp(CallArguments.integer(given[0], 0), -400, 400);
        return new BigDecimal(number).setScale(digits, mode).doubleValue();
    }
}
