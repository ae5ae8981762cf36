package dev.errata.pipeline.grade;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one number that a short text names, exactly. Units, currency and percent signs are passed over; signs, magnitudes
 * and fraction parts belong to the number; ranges, comparisons and roots name none.
 */
public final class NumberText {
    private static final int LONGEST = 1000;

    private static final Pattern EXPRESSION =
            Pattern.compile("^([^0-9]*?)((?:[-–+(] *)*\\.?\\d(?:[0-9.+*/() –—-]|\\^-?\\d|[eE][-+]?\\d)*)([^0-9]*)$");
    private static final Pattern TRAILING = Pattern.compile("[-+*/(. –—]+$");

    /** Numbers with nothing but dashes between them: a range or a date, but {@code 20 - 2} is a subtraction. */
    private static final Pattern DASHES = Pattern.compile("-?[\\d.]+(?: ?- ?[\\d.]+)+");

    private static final Pattern SUBTRACTION = Pattern.compile("(-?[\\d.]+) - ([\\d.]+)");
    private static final Pattern DATE = Pattern.compile("\\d+/\\d+/[\\d/]+");

    private static final Pattern LITERAL = Pattern.compile(
            "(?<![\\w.)^])(?:[-−](?=[$£€]?[\\d.]))?[$£€]?"
                    + "(?:(?:\\d++\\s?)?\\\\[dtc]?frac\\{\\d++}\\{\\d++}|\\d++\\s\\d++/\\d++|(?:\\d[\\d,]*+(?:\\.\\d++)?|\\.\\d++)(?:/\\d++)?)");
    private static final Pattern SIGN_WORD = Pattern.compile("(?i)\\b(?:negative|minus)\\s+$");
    private static final Pattern EXPONENT = Pattern.compile("[\\^_]\\{?$");
    private static final Pattern ARGUMENT = Pattern.compile("(?:\\\\[a-zA-Z]+\\{|[√∛])$");
    private static final Pattern NEXT_WORDS = Pattern.compile("(?:[ -]?\\^\\{?\\d{1,9}}?|[²³])?(?:[ -]?\\p{L}+){0,4}+");

    private record Named(Rational value, boolean asFraction) {}

    private NumberText() {}

    /**
     * The number that the text names: alone or with a unit, a currency or a percent sign, as the result after the last
     * {@code =}, or as an arithmetic expression to work out. Empty when it names none or several.
     */
    public static Optional<Rational> read(String text) {
        return named(text).map(Named::value);
    }

    /** The number as records name it: {@code 18}, {@code -3.5}; {@code 1/2} where it was written as a fraction. */
    public static Optional<String> normalized(String text) {
        return named(text)
                .map(found -> found.asFraction()
                        ? found.value().toString()
                        : found.value().decimal());
    }

    /** The last number that stands in the text, normalized, with the sign and the magnitude that belong to it. */
    public static Optional<String> lastIn(String text) {
        Matcher found = LITERAL.matcher(text);
        int start = -1;
        int end = -1;
        while (found.find()) {
            if (!EXPONENT.matcher(text.substring(Math.max(0, found.start() - 2), found.start()))
                    .find()) {
                start = found.start();
                end = found.end();
            }
        }
        if (start < 0
                || ARGUMENT.matcher(text.substring(Math.max(0, start - 40), start))
                        .find()) {
            return Optional.empty();
        }
        Matcher sign = SIGN_WORD.matcher(text.substring(Math.max(0, start - 20), start));
        String quantity = (sign.find() ? sign.group() : "") + text.substring(start, end);
        Matcher next = NEXT_WORDS.matcher(text).region(end, Math.min(text.length(), end + 80));
        String after = next.lookingAt() ? next.group() : "";
        Optional<String> whole = normalized(quantity + after);
        String word = after.strip().split("[ -]", 2)[0];
        boolean changed = NumberWords.around("", word, true).isEmpty();
        return whole.isPresent() || changed ? whole : normalized(quantity);
    }

    private static Optional<Named> named(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        NumberNotation notation = NumberNotation.of(text);
        String plain = notation.text();
        plain = plain.substring(plain.lastIndexOf('=') + 1).replaceAll("^[\\s*]+|[\\s*]+$", "");
        Matcher found = EXPRESSION.matcher(plain);
        if (!found.matches()) {
            return Optional.empty();
        }
        String before = found.group(1);
        String core = found.group(2);
        Matcher trailing = TRAILING.matcher(core);
        String after = (trailing.find() ? trailing.group().replaceAll("[^+* ]", "") : "") + found.group(3);
        core = unwrapped(core.substring(
                        0,
                        core.length() - (trailing.hasMatch() ? trailing.group().length() : 0))
                .strip());
        if (!before.isEmpty() && Character.isLetter(before.charAt(before.length() - 1))) {
            if (core.startsWith("-") || core.startsWith("–")) {
                return Optional.empty(); // a hyphen
            }
            core = core.startsWith(".") ? core.substring(1) : core; // Rs.70
        }
        core = core.startsWith("–") ? "-" + core.substring(1) : core;
        if (isRangeOrDate(core)) {
            return Optional.empty();
        }
        boolean asFraction = core.contains("/");
        Optional<Rational> value = ExactArithmetic.evaluate(core);
        return NumberWords.around(before, after, notation.currency())
                .filter(words ->
                        value.isPresent() && !(words.negative() && value.get().compareTo(Rational.ZERO) < 0))
                .map(words -> new Named(words.applied(value.get()), asFraction));
    }

    private static boolean isRangeOrDate(String core) {
        if (core.contains("–") || core.contains("—") || DATE.matcher(core).matches()) {
            return true;
        }
        if (!DASHES.matcher(core).matches()) {
            return false;
        }
        Matcher two = SUBTRACTION.matcher(core);
        Optional<Rational> from = two.matches() ? Rational.parse(two.group(1)) : Optional.empty();
        Optional<Rational> less = from.isPresent() ? Rational.parse(two.group(2)) : Optional.empty();
        return less.isEmpty() || from.get().compareTo(less.get()) <= 0;
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
