package dev.errata.model.chat;

import java.util.List;

/** Python's string methods that look for a part, with their optional bounds; places count in code points. */
final class StringSearch {
    private StringSearch() {}

    /** The method, or null. */
    static TemplateFunction find(String text, String name) {
        return switch (name) {
            case "startswith" ->
                arguments -> {
                    String within = within(text, arguments.bind("affix", "start", "end"));
                    return affixes(arguments).stream().anyMatch(within::startsWith);
                };
            case "endswith" ->
                arguments -> {
                    String within = within(text, arguments.bind("affix", "start", "end"));
                    return affixes(arguments).stream().anyMatch(within::endsWith);
                };
            case "find" -> arguments -> index(text, arguments, false);
            case "rfind" -> arguments -> index(text, arguments, true);
            case "index" -> arguments -> found(index(text, arguments, false));
            case "rindex" -> arguments -> found(index(text, arguments, true));
            case "count" ->
                arguments -> {
                    Object[] given = arguments.bind("sub", "start", "end");
                    return count(within(text, given), CallArguments.text(given[0], ""));
                };
            case "partition" -> arguments -> partition(text, arguments, false);
            case "rpartition" -> arguments -> partition(text, arguments, true);
            default -> null;
        };
    }

    /** A prefix or suffix, or several in a tuple. */
    private static List<String> affixes(CallArguments arguments) {
        Object given = arguments.bind("affix", "start", "end")[0];
        if (given instanceof List<?> several) {
            return several.stream().map(each -> CallArguments.text(each, "")).toList();
        }
        return List.of(CallArguments.text(given, ""));
    }

    /** The text from the second given argument to the third. */
    private static String within(String text, Object[] given) {
        if (CallArguments.isAbsent(given[1])) {
            return text;
        }
        int length = text.codePointCount(0, text.length());
        int from = bound(CallArguments.integer(given[1], 0), length);
        int to = bound(CallArguments.integer(given[2], length), length);
        if (from >= to) {
            return "";
        }
        int start = text.offsetByCodePoints(0, from);
        return text.substring(start, text.offsetByCodePoints(start, to - from));
    }

    private static int bound(int at, int length) {
        return Math.clamp(at < 0 ? (long) at + length : at, 0, length);
    }

    private static long index(String text, CallArguments arguments, boolean last) {
        Object[] given = arguments.bind("sub", "start", "end");
        String part = CallArguments.text(given[0], "");
        String within = within(text, given);
        int at = last ? within.lastIndexOf(part) : within.indexOf(part);
        if (at < 0) {
            return -1;
        }
        int length = text.codePointCount(0, text.length());
        return within.codePointCount(0, at)
                + (long) (CallArguments.isAbsent(given[1]) ? 0 : bound(CallArguments.integer(given[1], 0), length));
    }

    private static long found(long at) {
        if (at < 0) {
            throw new TemplateFailure("a text that isn't in the string");
        }
        return at;
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static Tuple partition(String text, CallArguments arguments, boolean last) {
        String separator = CallArguments.text(arguments.bind("sep")[0], "");
        if (separator.isEmpty()) {
            throw new TemplateFailure("partition by an empty separator");
        }
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return new Tuple(last ? List.of("", "", text) : List.of(text, "", ""));
        }
        return new Tuple(List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
    }
}
