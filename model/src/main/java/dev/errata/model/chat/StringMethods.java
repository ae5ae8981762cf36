package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/** Python's methods of strings. */
final class StringMethods {
    private StringMethods() {}

    /** The method, or null. */
    static Function find(String text, String name, Execution execution) {
        return switch (name) {
            case "strip" ->
                arguments -> {
                    IntPredicate goes = characters(arguments.bind("chars")[0]);
                    return PythonText.stripLeft(PythonText.stripRight(text, goes), goes);
                };
            case "lstrip" ->
                arguments -> PythonText.stripLeft(text, characters(arguments.bind("chars")[0]));
            case "rstrip" ->
                arguments -> PythonText.stripRight(text, characters(arguments.bind("chars")[0]));
            case "upper" -> plain(() -> text.toUpperCase(Locale.ROOT));
            case "lower", "casefold" -> plain(() -> text.toLowerCase(Locale.ROOT));
            case "title" -> plain(() -> Capitals.pythonTitle(text));
            case "capitalize" -> plain(() -> Capitals.capitalize(text));
            case "split" -> arguments -> split(text, arguments, execution, false);
            case "rsplit" -> arguments -> split(text, arguments, execution, true);
            case "splitlines" ->
                arguments -> lines(text, CallArguments.flag(arguments.bind("keepends")[0], false));
            case "startswith" -> arguments -> affixes(arguments).stream().anyMatch(text::startsWith);
            case "endswith" -> arguments -> affixes(arguments).stream().anyMatch(text::endsWith);
            case "removeprefix" ->
                arguments -> {
                    String affix = CallArguments.text(arguments.bind("prefix")[0], "");
                    return text.startsWith(affix) ? text.substring(affix.length()) : text;
                };
            case "removesuffix" ->
                arguments -> {
                    String affix = CallArguments.text(arguments.bind("suffix")[0], "");
                    return text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
                };
            case "replace" ->
                arguments -> {
                    Object[] given = arguments.bind("old", "new", "count");
                    return TextFilters.replace(text, given, execution);
                };
            case "join" -> arguments -> TextFilters.join(arguments.bind("iterable")[0], text, execution);
            case "find" -> arguments -> index(text, arguments, false);
            case "rfind" -> arguments -> index(text, arguments, true);
            case "index" ->
                arguments -> {
                    long at = index(text, arguments, false);
                    if (at < 0) {
                        throw new TemplateFailure("a text that isn't in the string");
                    }
                    return at;
                };
            case "count" ->
                arguments -> count(text, CallArguments.text(arguments.bind("sub")[0], ""));
            case "isdigit", "isdecimal", "isnumeric" -> plain(() -> all(text, Character::isDigit));
            case "isalpha" -> plain(() -> all(text, Character::isLetter));
            case "isalnum" -> plain(() -> all(text, Character::isLetterOrDigit));
            case "isspace" -> plain(() -> all(text, PythonText::isSpace));
            case "isupper" -> plain(() -> Capitals.hasOnly(text, Character::isUpperCase, Character::isLowerCase));
            case "islower" -> plain(() -> Capitals.hasOnly(text, Character::isLowerCase, Character::isUpperCase));
            default -> null;
        };
    }

    private static Function plain(Supplier<Object> result) {
        return arguments -> {
            arguments.bind();
            return result.get();
        };
    }

    private static IntPredicate characters(Object given) {
        if (CallArguments.isAbsent(given) || given == null) {
            return PythonText::isSpace;
        }
        String set = CallArguments.text(given, "");
        return c -> set.indexOf(c) >= 0;
    }

    /** A prefix or suffix, or several in a tuple. */
    private static List<String> affixes(CallArguments arguments) {
        Object given = arguments.bind("affix")[0];
        if (given instanceof List<?> several) {
            return several.stream().map(each -> CallArguments.text(each, "")).toList();
        }
        return List.of(CallArguments.text(given, ""));
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static long index(String text, CallArguments arguments, boolean last) {
        String part = CallArguments.text(arguments.bind("sub")[0], "");
        int at = last ? text.lastIndexOf(part) : text.indexOf(part);
        return at < 0 ? -1 : text.codePointCount(0, at);
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

    private static List<Object> split(String text, CallArguments arguments, Execution execution, boolean fromRight) {
        Object[] given = arguments.bind("sep", "maxsplit");
        int most = CallArguments.integer(given[1], -1);
        execution.charge(text.length());
        if (CallArguments.isAbsent(given[0]) || given[0] == null) {
            return fromRight ? wordsFromRight(text, most) : words(text, most);
        }
        String separator = CallArguments.text(given[0], "");
        if (separator.isEmpty()) {
            throw new TemplateFailure("split by an empty separator");
        }
        return fromRight ? partsFromRight(text, separator, most) : parts(text, separator, most);
    }

    private static List<Object> parts(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() != most; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Object> partsFromRight(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        String rest = text;
        for (int at = rest.lastIndexOf(separator); at >= 0 && parts.size() != most; at = rest.lastIndexOf(separator)) {
            parts.add(rest.substring(at + separator.length()));
            rest = rest.substring(0, at);
        }
        parts.add(rest);
        return parts.reversed();
    }

    private static List<Object> words(String text, int most) {
        List<Object> words = new ArrayList<>();
        String rest = PythonText.stripLeft(text);
        while (!rest.isEmpty()) {
            if (words.size() == most) {
                words.add(PythonText.stripRight(rest));
                return words;
            }
            int end = 0;
            while (end < rest.length() && !PythonText.isSpace(rest.charAt(end))) {
                end++;
            }
            words.add(rest.substring(0, end));
            rest = PythonText.stripLeft(rest.substring(end));
        }
        return words;
    }

    private static List<Object> wordsFromRight(String text, int most) {
        List<Object> words = new ArrayList<>();
        String rest = PythonText.stripRight(text);
        while (!rest.isEmpty()) {
            if (words.size() == most) {
                words.add(PythonText.stripLeft(rest));
                break;
            }
            int from = rest.length();
            while (from > 0 && !PythonText.isSpace(rest.charAt(from - 1))) {
                from--;
            }
            words.add(rest.substring(from));
            rest = PythonText.stripRight(rest.substring(0, from));
        }
        return words.reversed();
    }

    private static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length() && !endsLine(text.charAt(end))) {
                end++;
            }
            boolean twoCharacters = text.startsWith("\r\n", end);
            int next = Math.min(text.length(), end + (twoCharacters ? 2 : 1));
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    private static boolean endsLine(char c) {
        return (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }
}
