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
    static TemplateFunction find(String text, String name, Execution execution) {
        execution.chargeText(text.length());
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
            case "join" ->
                arguments -> {
                    Object parts = arguments.bind("iterable")[0];
                    for (Object part : PythonValues.elements(parts, execution)) {
                        CallArguments.text(part, "");
                    }
                    return TextFilters.join(parts, text, execution);
                };
            case "isdecimal" -> plain(() -> all(text, Character::isDigit));
            case "isdigit" -> plain(() -> all(text, StringMethods::isDigit));
            case "isnumeric" -> plain(() -> all(text, StringMethods::isNumeric));
            case "swapcase" -> plain(() -> Capitals.swapped(text));
            case "istitle" -> plain(() -> Capitals.isTitle(text));
            case "center", "ljust", "rjust", "zfill" -> arguments -> padded(text, name, arguments, execution);
            case "isalpha" -> plain(() -> all(text, Character::isLetter));
            case "isalnum" -> plain(() -> all(text, Character::isLetterOrDigit));
            case "isspace" -> plain(() -> all(text, PythonText::isSpace));
            case "isupper" -> plain(() -> Capitals.hasOnly(text, Character::isUpperCase, Character::isLowerCase));
            case "islower" -> plain(() -> Capitals.hasOnly(text, Character::isLowerCase, Character::isUpperCase));
            default -> StringSearch.find(text, name);
        };
    }

    /** Decimal digits, and the raised and circled ones that Python counts too. */
    private static boolean isDigit(int c) {
        boolean superscript = c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 || (c >= 0x2074 && c <= 0x2079);
        boolean subscript = c >= 0x2080 && c <= 0x2089;
        boolean circled = c >= 0x2460 && c <= 0x2468;
        return Character.isDigit(c) || superscript || subscript || circled;
    }

    private static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    private static String padded(String text, String method, CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("width", "fillchar");
        String fill = method.equals("zfill") ? "0" : CallArguments.text(given[1], " ");
        int missing = CallArguments.integer(given[0], 0) - text.codePointCount(0, text.length());
        if (missing <= 0) {
            return text;
        }
        execution.chargeText(missing);
        boolean signed = method.equals("zfill") && (text.startsWith("-") || text.startsWith("+"));
        int width = missing + text.codePointCount(0, text.length());
        // Python puts the odd one to the left where both the padding and the width are odd.
        int left = switch (method) {
            case "ljust" -> 0;
            case "center" -> missing / 2 + (missing & width & 1);
            default -> missing;
        };
        String front = fill.repeat(left);
        return (signed ? text.charAt(0) + front + text.substring(1) : front + text) + fill.repeat(missing - left);
    }

    private static TemplateFunction plain(Supplier<Object> result) {
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

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
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
        int to = text.length();
        for (int at = lastPart(text, separator, to);
                at >= 0 && parts.size() != most;
                at = lastPart(text, separator, to)) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        return parts.reversed();
    }

    /** Where the last separator stands that ends by {@code to}, or -1. */
    private static int lastPart(String text, String separator, int to) {
        return to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
    }

    private static List<Object> words(String text, int most) {
        List<Object> words = new ArrayList<>();
        int from = wordStart(text, 0);
        while (from < text.length()) {
            if (words.size() == most) {
                words.add(PythonText.stripRight(text.substring(from)));
                return words;
            }
            int end = from;
            while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
                end++;
            }
            words.add(text.substring(from, end));
            from = wordStart(text, end);
        }
        return words;
    }

    private static int wordStart(String text, int from) {
        int at = from;
        while (at < text.length() && PythonText.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static List<Object> wordsFromRight(String text, int most) {
        List<Object> words = new ArrayList<>();
        int to = wordEnd(text, text.length());
        while (to > 0) {
            if (words.size() == most) {
                words.add(PythonText.stripLeft(text.substring(0, to)));
                break;
            }
            int from = to;
            while (from > 0 && !PythonText.isSpace(text.charAt(from - 1))) {
                from--;
            }
            words.add(text.substring(from, to));
            to = wordEnd(text, from);
        }
        return words.reversed();
    }

    private static int wordEnd(String text, int to) {
        int at = to;
        while (at > 0 && PythonText.isSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
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
