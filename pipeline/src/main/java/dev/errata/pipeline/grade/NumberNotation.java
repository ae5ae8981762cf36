package dev.errata.pipeline.grade;

import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A short text that names a number, in plain notation: ASCII digits without separators between thousands, fractions as
 * {@code 1/2}, {@code ^} for powers, without currency, quotation and Markdown.
 *
 * @param text what is left
 * @param currency whether an amount of money is named
 */
record NumberNotation(String text, boolean currency) {
    private static final String SPACE = "[ \\u00a0\\u2009\\u202f]";

    private static final Pattern MARKS = Pattern.compile("[$£€¥₹₽₩¢\"`“”„«»‘]|\\\\[()\\[\\]]|(?<!\\d)['’]|['’](?!\\d)");
    private static final Pattern CURRENCY = Pattern.compile("[$£€¥₹₽₩]|\\b(?:USD|EUR|GBP|INR|Rs|dollars?)\\b");
    private static final Pattern LATEX_SPACE =
            Pattern.compile("\\\\[!,;: ]|\\\\(?:quad|qquad|displaystyle|left|right)\\b|~(?=\\D)");
    private static final Pattern FRACTION =
            Pattern.compile("\\\\[dtc]?frac\\s?(?:\\{\\s*(\\d{1,50})\\s*}|(\\d))\\s?(?:\\{\\s*(\\d{1,50})\\s*}|(\\d))");
    private static final Pattern LARGE_FRACTION =
            Pattern.compile("\\\\[dtc]?frac\\{([^{}\\\\]{1,50})}\\{([^{}\\\\]{1,50})}");
    private static final Pattern WORDS = Pattern.compile(
            "\\\\(?:text|mbox|mathrm|textbf|mathbf|textit|textrm|boxed|fbox|bf|rm)\\s?\\{([^{}]{0,100})}");
    private static final Pattern NOTE = Pattern.compile("<<[^<>]{0,200}>>");

    /** One to three digits and then groups of three, by commas, spaces, apostrophes or underscores alike throughout. */
    private static final Pattern THOUSANDS = Pattern.compile("(?<![\\d.,])\\d{1,3}(?:(?:,\\d{3})+|(?:" + SPACE
            + "\\d{3})+|(?:['’]\\d{3})+|(?:_\\d{3})+)(?![\\d/,]|" + SPACE + "\\d)");
    /** As in India: {@code 12,34,567}. */
    private static final Pattern LAKHS = Pattern.compile("(?<![\\d.,])\\d{1,2}(?:,\\d{2})+,\\d{3}(?![\\d,])");

    private static final Map<Character, String> VULGAR = Map.ofEntries(
            Map.entry('½', "1/2"),
            Map.entry('⅓', "1/3"),
            Map.entry('⅔', "2/3"),
            Map.entry('¼', "1/4"),
            Map.entry('¾', "3/4"),
            Map.entry('⅕', "1/5"),
            Map.entry('⅖', "2/5"),
            Map.entry('⅗', "3/5"),
            Map.entry('⅘', "4/5"),
            Map.entry('⅙', "1/6"),
            Map.entry('⅚', "5/6"),
            Map.entry('⅛', "1/8"),
            Map.entry('⅜', "3/8"),
            Map.entry('⅝', "5/8"),
            Map.entry('⅞', "7/8"));
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private static final Pattern POWER_BRACES = Pattern.compile("\\^\\s?\\{\\s*(-?\\d{1,9})\\s*}");
    private static final Pattern UNIT_POWER = Pattern.compile("(?<=[A-Za-z]{2}|(?<![A-Za-z])m)\\s?\\^\\s?[23](?!\\d)");
    private static final Pattern DEGREES = Pattern.compile("\\^\\s?\\{?\\s*\\\\circ\\s*}?|\\\\degree|°");

    static NumberNotation of(String answer) {
        boolean currency = CURRENCY.matcher(answer).find();
        String text = plainCharacters(answer)
                .replace("\\$", "")
                .replace("\\%", "%")
                .replace("%", " percent ")
                .replace("{,}", ",")
                .replace("\\cdot", "*")
                .replace("\\times", "*")
                .replace("\\approx", "")
                .replace("\\sim", "")
                .replace("\\pounds", "")
                .replace("\\euro", "");
        text = NOTE.matcher(text).replaceAll("");
        text = thousands(LATEX_SPACE
                .matcher(MARKS.matcher(text).replaceAll(""))
                .replaceAll(found -> found.group().equals("\\!") ? "" : " "));
        text = DEGREES.matcher(text).replaceAll(" degrees ");
        text = FRACTION.matcher(text).replaceAll(NumberNotation::fraction);
        text = LARGE_FRACTION.matcher(text).replaceAll(" ($1)/($2) ");
        for (int nested = 0; nested < 3; nested++) {
            text = WORDS.matcher(text).replaceAll("$1");
        }
        text = POWER_BRACES.matcher(text).replaceAll("^$1");
        text = UNIT_POWER.matcher(text).replaceAll("");
        text = text.replaceAll("(?<=[\\d)])\\*\\*(?=\\d)", "^").replaceAll("\\*\\*+|__+", " ");
        return new NumberNotation(text.replaceAll("\\s+", " ").strip(), currency);
    }

    private static String fraction(MatchResult found) {
        String top = Optional.ofNullable(found.group(1)).orElse(found.group(2));
        String bottom = Optional.ofNullable(found.group(3)).orElse(found.group(4));
        return " " + top + "/" + bottom + " ";
    }

    private static String thousands(String text) {
        String joined = LAKHS.matcher(text).replaceAll(found -> found.group().replace(",", ""));
        return THOUSANDS.matcher(joined).replaceAll(found -> found.group().replaceAll("\\D", ""));
    }

    /** Signs and digits of other alphabets and typography by their ASCII names; other spaces become plain after thousands. */
    private static String plainCharacters(String text) {
        StringBuilder plain = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            String vulgar = VULGAR.get(c);
            int power = SUPERSCRIPTS.indexOf(c);
            if (vulgar != null) {
                plain.append(' ').append(vulgar).append(' ');
            } else if (power >= 0) {
                boolean goesOn = at > 0 && SUPERSCRIPTS.indexOf(text.charAt(at - 1)) >= 0;
                plain.append(goesOn ? "" : "^").append((char) ('0' + power));
            } else if (Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER) {
                plain.append((char) ('0' + Character.digit(c, 10)));
            } else {
                plain.append(
                        switch (c) {
                            case '−', '﹣', '－' -> '-';
                            case '×', '✕', '⋅', '·', '∙' -> '*';
                            case '÷', '⁄', '∕' -> '/';
                            case '≈', '∼' -> ' ';
                            default -> c;
                        });
            }
        }
        return plain.toString();
    }
}
