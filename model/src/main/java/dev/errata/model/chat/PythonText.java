package dev.errata.model.chat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** Values as Python's {@code str} and {@code repr} write them, and what Python takes for whitespace. */
final class PythonText {
    private PythonText() {}

    static boolean isSpace(int c) {
        return (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) || c == 0x85 || Character.isSpaceChar(c);
    }

    static String strip(String text) {
        return stripLeft(stripRight(text));
    }

    static String stripLeft(String text) {
        return stripLeft(text, PythonText::isSpace);
    }

    static String stripRight(String text) {
        return stripRight(text, PythonText::isSpace);
    }

    static String stripLeft(String text, IntPredicate goes) {
        int from = 0;
        while (from < text.length() && goes.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        return text.substring(from);
    }

    static String stripRight(String text, IntPredicate goes) {
        int to = text.length();
        while (to > 0 && goes.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(0, to);
    }

    /** By code points, not by UTF-16 units. */
    static int compare(String left, String right) {
        return Arrays.compare(left.codePoints().toArray(), right.codePoints().toArray());
    }

    /** {@code str(value)} */
    static String text(Object value, Execution execution) {
        return switch (value) {
            case String text -> text;
            case Undefined _ -> "";
            case null, default -> {
                StringBuilder out = new StringBuilder();
                represent(value, out, execution);
                yield out.toString();
            }
        };
    }

    /** {@code repr(value)} */
    private static void represent(Object value, StringBuilder out, Execution execution) {
        execution.enter();
        switch (value) {
            case null -> out.append("None");
            case Boolean flag -> out.append(flag ? "True" : "False");
            case Double number -> out.append(real(number));
            case String text -> {
                execution.chargeText(text.length());
                quote(text, out);
            }
            case Tuple tuple -> {
                elements(tuple, out.append('('), execution);
                out.append(tuple.size() == 1 ? ",)" : ")");
            }
            case List<?> list -> {
                elements(list, out.append('['), execution);
                out.append(']');
            }
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    represent(entry.getKey(), out, execution);
                    out.append(": ");
                    represent(entry.getValue(), out, execution);
                    separator = ", ";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case Undefined _ -> out.append("Undefined");
            case Long number -> out.append(number.longValue());
            default -> throw new TemplateFailure(PythonValues.typeName(value) + " can't be shown as text");
        }
        execution.leave();
    }

    private static void elements(List<?> list, StringBuilder out, Execution execution) {
        String separator = "";
        for (Object element : list) {
            out.append(separator);
            represent(element, out, execution);
            separator = ", ";
        }
    }

    private static void quote(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (!isPrintable(c)) {
                        String code = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
                        out.append(String.format(code, c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        out.append(quote);
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /** The shortest decimal that is this double, with an exponent from 1e16 and below 1e-4. */
    static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = exact.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = exact.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return (number < 0 ? "-" : "")
                + digits.charAt(0)
                + fraction
                + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
