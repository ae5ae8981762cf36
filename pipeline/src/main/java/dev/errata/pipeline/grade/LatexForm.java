package dev.errata.pipeline.grade;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A LaTeX answer without what doesn't change its meaning: spacing, sizes of brackets, units, currency and percent. */
final class LatexForm {
    private static final Pattern WRAPPED = Pattern.compile("\\\\(text|mbox|mathrm|textbf|textit|textrm|rm"
            + "|mathbf|mathit|mathsf|boldsymbol|bm|operatorname)\\s?\\{([^{}]{0,200})\\}");
    /** Fonts of symbols: what they hold is never a unit. */
    private static final Set<String> SYMBOL_FONTS =
            Set.of("mathbf", "mathit", "mathsf", "boldsymbol", "bm", "operatorname");

    private static final Set<String> SYMBOLS =
            Set.of("i", "e", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp");
    private static final Pattern CONJUNCTION = Pattern.compile("\\s*,?\\s*(and|or|,)\\s*");
    private static final Pattern BARE_CONJUNCTION = Pattern.compile("\\s*,?\\s+(and|or)\\s+");
    private static final Pattern COMMAND = Pattern.compile("\\\\[a-zA-Z]+");
    private static final Pattern LONG_WORD = Pattern.compile("[a-zA-Z]{2}");
    private static final Pattern RELATION = Pattern.compile("[<>]|\\\\(?:le|ge)\\b");
    private static final Pattern COMMAS = Pattern.compile(",(?:\\s*,)+");
    private static final Pattern ROW_SPACING = Pattern.compile("(\\\\\\\\)\\s*\\[[\\d.]+\\s?[a-z]{2}]");
    private static final Pattern MATH_MARK = Pattern.compile("(?<!\\\\)\\\\[()\\[\\]]|\\\\displaystyle(?![a-zA-Z])");
    private static final Pattern BRACKET_SIZE =
            Pattern.compile("\\\\(?:left|right|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr)(?![a-zA-Z])");
    private static final Pattern NAMES = Pattern.compile("\\\\(leqslant|leqq|leq|le|geqslant|geqq|geq|ge|neq|ne|lt|gt"
            + "|isin|in|varnothing|emptyset|ldots|cdots|dots|dotsc|R|land|wedge)(?![a-zA-Z])");
    private static final Pattern MAGNITUDE = Pattern.compile(
            "(?<=[\\d}])\\s*(?:(\\\\(?:text|mbox|mathrm)\\s?\\{)\\s*)?(dozen|hundred|thousand|million|billion|trillion)(?![a-zA-Z])");
    /** Unlike LaTeX's command, the sign takes all digits that follow. */
    private static final Pattern ROOT_OF_NUMBER = Pattern.compile("([√∛])\\s*(\\d+(?:\\.\\d+)?)");

    private static final Pattern NEGATIVE = Pattern.compile("^\\s*(?:negative|minus)\\s+(?=[\\d.\\\\])");
    private static final Pattern DEGREES = Pattern.compile("(?:\\^|\\*\\*)\\s?\\{?\\\\circ\\}?|\\\\degree|°");
    private static final Pattern SPACES = Pattern.compile("(?<!\\\\)\\\\[!,;: ]|\\\\quad|\\\\qquad|~");
    private static final Pattern THOUSANDS =
            Pattern.compile("(?<![\\d.])\\d{1,3}(?:(?:,|(?:\\{,\\}|\\\\ |\\\\,|,\\s?\\\\!)\\s?)\\d{3})++(?!\\d)");
    private static final Pattern LIST_COMMA = Pattern.compile(",\\s+");
    private static final Pattern BARE_NAME = Pattern.compile("(?<![\\\\a-zA-Z])(pi|sqrt|infty)(?![a-zA-Z])");
    private static final Pattern UNION = Pattern.compile("(?<=[)\\]])\\s*U\\s*(?=[(\\[])");
    private static final Pattern BASE_OF_BRACKET = Pattern.compile("^\\((\\w+)\\)_");
    private static final Pattern SMALL_POWER = Pattern.compile("\\s*\\^\\s*(?:[23]|\\{[23]\\})(?!\\d)");
    private static final Pattern UNIT =
            Pattern.compile("(?<=[\\d)}\\]%])\\s*+((?:[A-Za-z]+\\.?\\s*+(?:\\^\\{?[23]\\}?\\s*+)?)++)$");

    /** A unit only with a space before it; else a variable. */
    private static final Pattern LETTER = Pattern.compile("(?:m|s|g|L)(?![A-Za-z])");

    private static final Set<String> SHORT_UNITS = Set.of(
            "cm", "mm", "km", "m", "kg", "g", "mg", "in", "ft", "yd", "mi", "mph", "hr", "hrs", "min", "sec", "s", "lb",
            "lbs", "oz", "ml", "L", "mL", "day");

    /** What a keyboard or a copied text has in place of LaTeX's names. */
    private static final Map<String, String> SIGNS = Map.ofEntries(
            Map.entry("π", "\\pi "),
            Map.entry("√", "\\sqrt "),
            Map.entry("∛", "\\sqrt[3] "),
            Map.entry("∈", "\\in "),
            Map.entry("≤", "\\le "),
            Map.entry("≥", "\\ge "),
            Map.entry("≠", "\\ne "),
            Map.entry("<=", "\\le "),
            Map.entry(">=", "\\ge "),
            Map.entry("∅", "\\emptyset "),
            Map.entry("ℝ", "\\mathbb{R}"),
            Map.entry("∞", "\\infty "),
            Map.entry("∪", "\\cup "),
            Map.entry("±", "\\pm "),
            Map.entry("×", "*"),
            Map.entry("·", "*"),
            Map.entry("÷", "/"),
            Map.entry("²", "^2"),
            Map.entry("³", "^3"),
            Map.entry("−", "-"));

    private static final Map<String, String> MAGNITUDES = Map.of(
            "dozen", "12",
            "hundred", "100",
            "thousand", "1000",
            "million", "1000000",
            "billion", "1000000000",
            "trillion", "1000000000000");

    private LatexForm() {}

    static String of(String answer) {
        String form = ROW_SPACING.matcher(withoutMarkdown(answer)).replaceAll("$1");
        form = MATH_MARK.matcher(form).replaceAll(" ");
        form = BRACKET_SIZE
                .matcher(form)
                .replaceAll("")
                .replace("\\$", "")
                .replace("$", "")
                .replace("dfrac", "frac")
                .replace("tfrac", "frac")
                .replace("cfrac", "frac")
                .replace("\\cdot", "*")
                .replace("\\times", "*")
                .replace("\\div", "/")
                .replace("\\\\%", "")
                .replace("\\%", "")
                .replace("%", "");
        form = ROOT_OF_NUMBER.matcher(form).replaceAll("$1{$2}");
        for (Map.Entry<String, String> sign : SIGNS.entrySet()) {
            form = form.replace(sign.getKey(), sign.getValue());
        }
        form = NAMES.matcher(form).replaceAll(found -> Matcher.quoteReplacement(nameOf(found.group(1))));
        form = NEGATIVE.matcher(form).replaceAll("-");
        form = Arrays.stream(LIST_COMMA.split(form.strip(), -1))
                .map(LatexForm::withoutThousands)
                .collect(Collectors.joining(", "));
        form = MAGNITUDE
                .matcher(form)
                .replaceAll(found -> Matcher.quoteReplacement(
                        "*" + MAGNITUDES.get(found.group(2)) + (found.group(1) == null ? "" : found.group(1))));
        form = DEGREES.matcher(form).replaceAll("").replace("**", "^");
        form = SPACES.matcher(form).replaceAll(" ");
        form = BARE_NAME.matcher(joined(unwrapped(form))).replaceAll("\\\\$1 ");
        form = UNION.matcher(form).replaceAll("\\\\cup ");
        form = BASE_OF_BRACKET.matcher(form.strip()).replaceAll("$1_");
        return withoutUnit(form.replaceAll("\\s+", " ").strip());
    }

    /** Without the marks around the whole that set it in bold, in code or in mathematics. */
    private static String withoutMarkdown(String answer) {
        String text = answer.strip();
        for (String before = ""; !before.equals(text); ) {
            before = text;
            text = text.replaceAll("^(?:\\*\\*|__|`+)|(?:\\*\\*|__|`+)$", "").strip();
        }
        return text;
    }

    private static String nameOf(String command) {
        return switch (command) {
            case "leqslant", "leqq", "leq", "le" -> "\\le ";
            case "geqslant", "geqq", "geq", "ge" -> "\\ge ";
            case "neq", "ne" -> "\\ne ";
            case "lt" -> "<";
            case "gt" -> ">";
            case "isin", "in" -> "\\in ";
            case "varnothing", "emptyset" -> "\\emptyset ";
            case "ldots", "cdots", "dots", "dotsc" -> "\\dots ";
            case "R" -> "\\mathbb{R}";
            default -> "\\land ";
        };
    }

    /** A list's {@code and} and {@code or} as commas; between comparisons {@code and} is another thing than {@code or}. */
    private static String joined(String text) {
        String rest =
                BARE_CONJUNCTION.matcher(COMMAND.matcher(text).replaceAll("")).replaceAll(" , ");
        String list = LONG_WORD.matcher(rest).find()
                ? text
                : BARE_CONJUNCTION.matcher(text).replaceAll(found -> conjunction(found.group(1), text));
        return COMMAS.matcher(list).replaceAll(",");
    }

    private static String conjunction(String word, String text) {
        return word.equals("and") && RELATION.matcher(text).find() ? "\\\\land " : ", ";
    }

    /** One number with separators between its thousands, but not a list: in brackets, or with commas elsewhere too. */
    private static String withoutThousands(String text) {
        Matcher number = THOUSANDS.matcher(text.strip());
        boolean alone = number.find()
                && !text.substring(0, number.start()).contains("(")
                && !text.contains("[")
                && !number.replaceAll("").contains(",");
        return alone ? number.replaceAll(found -> found.group().replaceAll("[^\\d]", "")) : text;
    }

    /** Words in the text font: a unit after a quantity, else the words themselves. */
    private static String unwrapped(String text) {
        Matcher words = WRAPPED.matcher(text);
        StringBuilder form = new StringBuilder();
        int end = 0;
        while (words.find()) {
            form.append(text, end, words.start());
            String inside = words.group(2);
            String symbol = inside.strip();
            boolean afterQuantity = form.chars().anyMatch(c -> c >= '0' && c <= '9');
            boolean isUnit = afterQuantity
                    && !SYMBOL_FONTS.contains(words.group(1))
                    && !SYMBOLS.contains(symbol)
                    && inside.chars().noneMatch(c -> c >= '0' && c <= '9');
            Matcher conjunction = CONJUNCTION.matcher(inside);
            if (conjunction.matches()) {
                form.append(conjunction(conjunction.group(1), text).replace("\\\\", "\\"));
            } else if (SYMBOLS.contains(symbol) && symbol.length() > 1) {
                form.append('\\').append(symbol).append(' ');
            } else if (!isUnit) {
                form.append(inside);
            }
            end = words.end();
            Matcher power = SMALL_POWER.matcher(text).region(end, text.length());
            if (isUnit && power.lookingAt()) {
                end = power.end();
            }
        }
        return form.append(text, end, text.length()).toString();
    }

    private static String withoutUnit(String text) {
        Matcher unit = UNIT.matcher(text);
        if (!unit.find()) {
            return text;
        }
        for (String word : unit.group(1).split("[^A-Za-z]+")) {
            if (!word.isEmpty() && word.length() < 4 && !SHORT_UNITS.contains(word)) {
                return text;
            }
        }
        boolean variable = LETTER.matcher(unit.group(1)).lookingAt();
        boolean apart = text.substring(0, unit.start(1)).endsWith(" ");
        return variable && !apart ? text : text.substring(0, unit.start()).strip();
    }
}
