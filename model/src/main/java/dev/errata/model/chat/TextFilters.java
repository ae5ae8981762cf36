package dev.errata.model.chat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters that make text. */
final class TextFilters {
    private TextFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("trim", (value, arguments, execution) -> {
            String text = PythonText.text(value, execution);
            return StringMethods.find(text, "strip", execution).call(arguments);
        });
        filters.put("upper", ofText(text -> text.toUpperCase(Locale.ROOT)));
        filters.put("lower", ofText(text -> text.toLowerCase(Locale.ROOT)));
        filters.put("capitalize", ofText(Capitals::capitalize));
        filters.put("title", ofText(Capitals::jinjaTitle));
        filters.put("string", ofText(text -> text));
        filters.put("safe", ofText(text -> text));
        filters.put("escape", ofText(TextFilters::escape));
        filters.put("e", ofText(TextFilters::escape));
        filters.put("tojson", TextFilters::toJson);
        filters.put("indent", TextFilters::indent);
        filters.put("replace", (value, arguments, execution) -> {
            String text = PythonText.text(value, execution);
            return replace(text, arguments.bind("old", "new", "count"), execution);
        });
        filters.put("join", (value, arguments, execution) -> {
            Object[] given = arguments.bind("d", "attribute");
            Object elements = CallArguments.isAbsent(given[1])
                    ? value
                    : SelectionFilters.attributes(value, given[1], CallArguments.ABSENT, execution);
            return join(elements, CallArguments.text(given[0], ""), execution);
        });
        filters.put("wordcount", (value, arguments, execution) -> {
            arguments.bind();
            TemplateFunction split = StringMethods.find(PythonText.text(value, execution), "split", execution);
            return PythonValues.length(split.call(CallArguments.NONE));
        });
    }

    private static Filters.Filter ofText(UnaryOperator<String> change) {
        return (value, arguments, execution) -> {
            arguments.bind();
            String text = PythonText.text(value, execution);
            execution.chargeText(text.length());
            return change.apply(text);
        };
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static Object toJson(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("indent", "ensure_ascii", "separators", "sort_keys");
        int indent = CallArguments.integer(given[0], -1);
        String itemSeparator = indent >= 0 ? "," : ", ";
        String keySeparator = ": ";
        if (!CallArguments.isAbsent(given[2]) && given[2] != null) {
            if (!(given[2] instanceof List<?> pair) || pair.size() != 2) {
                throw new TemplateFailure("separators of tojson are two strings");
            }
            itemSeparator = CallArguments.text(pair.get(0), "");
            keySeparator = CallArguments.text(pair.get(1), "");
        }
        boolean asciiOnly = CallArguments.flag(given[1], false);
        boolean sortKeys = CallArguments.flag(given[3], false);
        return new PythonJson(execution, indent, itemSeparator, keySeparator, asciiOnly, sortKeys).write(value);
    }

    private static Object indent(Object value, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("width", "first", "blank");
        String front = given[0] instanceof String text
                ? text
                : " ".repeat(Math.clamp(CallArguments.integer(given[0], 4), 0, 1000));
        boolean first = CallArguments.flag(given[1], false);
        boolean blank = CallArguments.flag(given[2], false);
        String text = PythonText.text(value, execution);
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        execution.chargeText(text.length() + (long) front.length() * lines.length);
        for (int i = 0; i < lines.length; i++) {
            boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
            out.append(i == 0 ? "" : "\n").append(indented ? front : "").append(lines[i]);
        }
        return out.toString();
    }

    /** @param given old text, new text, and how many at most */
    static String replace(String text, Object[] given, Execution execution) {
        String old = CallArguments.text(given[0], "");
        String replacement = CallArguments.text(given[1], "");
        int most = CallArguments.integer(given[2], -1);
        StringBuilder out = new StringBuilder();
        int from = 0;
        int at = text.indexOf(old);
        for (int count = 0; at >= 0 && count != most; count++) {
            execution.chargeText((long) replacement.length() + at - from);
            out.append(text, from, at).append(replacement);
            from = at + old.length();
            // An empty old text is found before each character and at the end.
            int next = from;
            if (old.isEmpty()) {
                next = at < text.length() ? text.offsetByCodePoints(at, 1) : at + 1;
            }
            at = next > text.length() ? -1 : text.indexOf(old, next);
        }
        return out.append(text, from, text.length()).toString();
    }

    static String join(Object elements, String separator, Execution execution) {
        StringBuilder out = new StringBuilder();
        String before = "";
        for (Object element : PythonValues.elements(elements, execution)) {
            String text = PythonText.text(element, execution);
            execution.chargeText((long) before.length() + text.length());
            out.append(before).append(text);
            before = separator;
        }
        return out.toString();
    }
}
