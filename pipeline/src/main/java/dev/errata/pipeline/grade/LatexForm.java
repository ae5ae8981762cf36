package dev.errata.pipeline.grade;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A LaTeX answer without what doesn't change its meaning: spacing, sizes of brackets, units, currency and percent. */
final class LatexForm {
    private static final Pattern WRAPPED = Pattern.compile(
            "\\\\(?:text|mbox|mathrm|textbf|mathbf|textit|mathit|operatorname|rm)\\s?\\{([^{}]{0,200})\\}");
    private static final Pattern CONJUNCTION = Pattern.compile("\\s*(?:and|or|,)\\s*");
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
            Map.entry("∞", "\\infty "),
            Map.entry("∪", "\\cup "),
            Map.entry("±", "\\pm "),
            Map.entry("×", "*"),
            Map.entry("·", "*"),
            Map.entry("÷", "/"),
            Map.entry("²", "^2"),
            Map.entry("³", "^3"),
            Map.entry("−", "-"));

    private LatexForm() {}

    static String of(String answer) {
        String form = answer.replace("\\$", "")
                .replace("$", "")
                .replace("\\left", "")
                .replace("\\right", "")
                .replace("dfrac", "frac")
                .replace("tfrac", "frac")
                .replace("cfrac", "frac")
                .replace("\\cdot", "*")
                .replace("\\times", "*")
                .replace("\\div", "/")
                .replace("\\\\%", "")
                .replace("\\%", "")
                .replace("%", "");
        for (Map.Entry<String, String> sign : SIGNS.entrySet()) {
            form = form.replace(sign.getKey(), sign.getValue());
        }
        form = Arrays.stream(LIST_COMMA.split(form.strip(), -1))
                .map(LatexForm::withoutThousands)
                .collect(Collectors.joining(", "));
        form = DEGREES.matcher(form).replaceAll("").replace("**", "^");
        form = SPACES.matcher(form).replaceAll(" ");
        form = BARE_NAME.matcher(unwrapped(form)).replaceAll("\\\\$1 ");
        form = UNION.matcher(form).replaceAll("\\\\cup ");
        form = BASE_OF_BRACKET.matcher(form.strip()).replaceAll("$1_");
        return withoutUnit(form.replaceAll("\\s+", " ").strip());
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
            String inside = words.group(1);
            boolean afterQuantity = form.chars().anyMatch(c -> c >= '0' && c <= '9');
            boolean isUnit = afterQuantity && inside.chars().noneMatch(c -> c >= '0' && c <= '9');
            if (CONJUNCTION.matcher(inside).matches()) {
                form.append(',');
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
