package dev.errata.model.chat;

import java.util.List;
import java.util.Map;

/** JSON as Python's {@code json.dumps(…, ensure_ascii=False)} writes it, which is what templates are made for. */
final class PythonJson {
    private final Execution execution;
    private final int indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean asciiOnly;
    private final boolean sortKeys;
    private final StringBuilder out = new StringBuilder();

    /** @param indent spaces a level, or -1 for one line */
    PythonJson(
            Execution execution,
            int indent,
            String itemSeparator,
            String keySeparator,
            boolean asciiOnly,
            boolean sortKeys) {
        this.execution = execution;
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.asciiOnly = asciiOnly;
        this.sortKeys = sortKeys;
    }

    String write(Object value) {
        write(value, 0);
        return out.toString();
    }

    private void write(Object value, int level) {
        execution.enter();
        switch (value) {
            case null -> out.append("null");
            case Boolean flag -> out.append(flag.booleanValue());
            case Long number -> out.append(number.longValue());
            case Double number -> out.append(real(number));
            case String text -> quote(text);
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    out.append(separator);
                    newLine(level + 1);
                    write(element, level + 1);
                    separator = itemSeparator;
                }
                close(list.isEmpty(), "[", "]", level);
            }
            case Map<?, ?> map -> {
                String separator = "{";
                for (Object key : keys(map)) {
                    out.append(separator);
                    newLine(level + 1);
                    quote(keyText(key));
                    out.append(keySeparator);
                    write(map.get(key), level + 1);
                    separator = itemSeparator;
                }
                close(map.isEmpty(), "{", "}", level);
            }
            default -> throw new TemplateFailure(PythonValues.typeName(value) + " can't be written as JSON");
        }
        execution.leave();
    }

    private List<?> keys(Map<?, ?> map) {
        List<?> keys = PythonValues.elements(map, execution);
        return sortKeys
                ? keys.stream()
                        .sorted((left, right) -> Arithmetic.order(left, right, execution))
                        .toList()
                : keys;
    }

    private static String keyText(Object key) {
        return switch (key) {
            case String text -> text;
            case null -> "null";
            case Boolean flag -> flag.toString();
            case Double number -> real(number);
            case Long number -> number.toString();
            default -> throw new TemplateFailure(PythonValues.typeName(key) + " can't be a key in JSON");
        };
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        return Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonText.real(number);
    }

    private void newLine(int level) {
        if (indent >= 0) {
            execution.chargeText((long) level * indent);
            out.append('\n').append(" ".repeat(level * indent));
        }
    }

    private void close(boolean empty, String open, String close, int level) {
        if (empty) {
            out.append(open);
        } else {
            newLine(level);
        }
        out.append(close);
    }

    private void quote(String text) {
        execution.chargeText(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || (asciiOnly && c > 0x7E)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
