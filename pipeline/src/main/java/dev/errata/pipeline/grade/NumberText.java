package dev.errata.pipeline.grade;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one number that a short text names, exactly. */
public final class NumberText {
    private static final int LONGEST = 1000;

    private static final Pattern THOUSANDS = Pattern.compile("(?<=\\d),(?=\\d{3}(?!\\d))");
    private static final Pattern FRACTION = Pattern.compile("\\\\[dt]?frac\\{([^{}]{1,50})\\}\\{([^{}]{1,50})\\}");
    private static final Pattern WORDS = Pattern.compile("\\\\(?:text|mbox|mathrm|textbf|mathbf)\\{([^{}]{0,100})\\}");
    private static final Pattern EXPRESSION =
            Pattern.compile("^([^0-9]*?)((?:[-+(.] *)*\\d(?:[0-9.+*/() -]|[eE][-+]?\\d)*)([^0-9]*)$");
    private static final Pattern LITERAL =
            Pattern.compile("(?<![\\w.)])-?[$£€]?(?:\\d[\\d,]*+(?:\\.\\d++)?|\\.\\d++)(?:/\\d++)?");
    private static final Pattern TRAILING = Pattern.compile("[-+*/(. ]+$");

    private NumberText() {}

    /**
     * The number that the text names: alone or with a unit, a currency or a percent sign, as the result after the last
     * {@code =}, or as an arithmetic expression to work out. Empty when it names none or several.
     */
    public static Optional<Rational> read(String text) {
        return expression(text).flatMap(ExactArithmetic::evaluate);
    }

    /** The number as records name it: {@code 18}, {@code -3.5}; {@code 1/2} where it was written as a fraction. */
    public static Optional<String> normalized(String text) {
        return expression(text)
                .flatMap(found -> ExactArithmetic.evaluate(found)
                        .map(value -> found.contains("/") ? value.toString() : value.decimal()));
    }

    /** The last number that stands in the text, normalized. */
    public static Optional<String> lastIn(String text) {
        Matcher found = LITERAL.matcher(text);
        String last = null;
        while (found.find()) {
            last = found.group();
        }
        return last == null ? Optional.empty() : normalized(last);
    }

    private static Optional<String> expression(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        String plain = text.replace("\\$", "")
                .replace("\\%", "%")
                .replace("\\!", "")
                .replace("\\,", "")
                .replace("{,}", ",")
                .replace("\\cdot", "*")
                .replace("\\times", "*")
                .replaceAll("[$£€¥%\"'`“”‘’]|\\\\[()\\[\\]]", "")
                .replace('−', '-')
                .replace('–', '-')
                .replace('×', '*')
                .replace('÷', '/')
                .replaceAll("[\\s\\u00a0]+", " ");
        plain = FRACTION.matcher(plain).replaceAll(" ($1)/($2)");
        plain = WORDS.matcher(plain).replaceAll("$1");
        plain = plain.substring(plain.lastIndexOf('=') + 1);
        plain = plain.substring(plain.lastIndexOf(">>") < 0 ? 0 : plain.lastIndexOf(">>") + 2);
        plain = THOUSANDS.matcher(plain).replaceAll("").strip();
        plain = plain.replaceAll("^\\*+|\\*+$", "");
        Matcher found = EXPRESSION.matcher(plain);
        if (!found.matches()) {
            return Optional.empty();
        }
        String core = TRAILING.matcher(found.group(2)).replaceAll("").strip();
        return Optional.of(unwrapped(core));
    }

    /** Without a closing parenthesis that was opened before the number, as in {@code (about 5)}. */
    private static String unwrapped(String core) {
        long open = core.chars().filter(c -> c == '(').count();
        long closed = core.chars().filter(c -> c == ')').count();
        String text = core;
        while (closed > open && text.endsWith(")")) {
            text = text.substring(0, text.length() - 1).strip();
            closed--;
        }
        return text;
    }
}
