package dev.errata.pipeline.grade;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the words around a number do to it: nothing where they are units and the like, a sign, a magnitude or a half more;
 * or they leave open which number is meant, and then the text names none.
 *
 * @param negative whether the sign is turned
 * @param more what is added before it is multiplied, as by {@code and a half}
 * @param factor what multiplies it, as {@code million}
 */
record NumberWords(boolean negative, Rational more, Rational factor) {
    private static final Set<String> SIGNS = Set.of("negative", "minus");

    /** Before a number they make another one of it, or a range. */
    private static final Set<String> CHANGING_BEFORE = Set.of(
            "not",
            "isn't",
            "isnt",
            "never",
            "than",
            "over",
            "under",
            "above",
            "below",
            "exceeds",
            "between",
            "half",
            "double",
            "twice",
            "triple",
            "thrice",
            "square",
            "root",
            "cube",
            "squared",
            "cubed",
            "plus",
            "times",
            "log",
            "ln",
            "sin",
            "cos",
            "tan",
            "negative",
            "minus",
            "except",
            "without",
            "hundred",
            "thousand",
            "million",
            "billion",
            "trillion");

    /** After a number they make another one of it, or a range. */
    private static final Set<String> CHANGING_AFTER = Set.of(
            "half",
            "halves",
            "third",
            "thirds",
            "fourth",
            "fourths",
            "fifth",
            "fifths",
            "sixth",
            "sixths",
            "seventh",
            "sevenths",
            "eighth",
            "eighths",
            "ninth",
            "ninths",
            "tenth",
            "tenths",
            "twelfth",
            "twelfths",
            "hundredth",
            "hundredths",
            "thousandth",
            "thousandths",
            "millionth",
            "millionths",
            "squared",
            "cubed",
            "factorial",
            "negative",
            "minus",
            "plus",
            "power");

    private static final Pattern BELOW_ZERO = Pattern.compile(
            "\\b(?:below|under) (?:zero|freezing)\\b|\\bor (?:more|less|fewer|higher|lower|above|below|greater)\\b");

    private static final Map<String, Long> MAGNITUDES = Map.ofEntries(
            Map.entry("hundred", 100L),
            Map.entry("hundreds", 100L),
            Map.entry("thousand", 1_000L),
            Map.entry("thousands", 1_000L),
            Map.entry("lakh", 100_000L),
            Map.entry("lakhs", 100_000L),
            Map.entry("million", 1_000_000L),
            Map.entry("millions", 1_000_000L),
            Map.entry("mn", 1_000_000L),
            Map.entry("crore", 10_000_000L),
            Map.entry("crores", 10_000_000L),
            Map.entry("billion", 1_000_000_000L),
            Map.entry("billions", 1_000_000_000L),
            Map.entry("bn", 1_000_000_000L),
            Map.entry("trillion", 1_000_000_000_000L),
            Map.entry("trillions", 1_000_000_000_000L),
            Map.entry("dozen", 12L),
            Map.entry("dozens", 12L),
            Map.entry("k", 1_000L));

    /** Magnitudes of money alone: elsewhere they are metres, moles or tons. */
    private static final Map<String, Long> OF_MONEY =
            Map.of("m", 1_000_000L, "mm", 1_000_000L, "b", 1_000_000_000L, "t", 1_000_000_000_000L);

    private static final Map<String, Rational> PARTS = Map.of(
            "and a half", fraction(1, 2),
            "and one half", fraction(1, 2),
            "and a quarter", fraction(1, 4),
            "and one quarter", fraction(1, 4),
            "and three quarters", fraction(3, 4),
            "and a third", fraction(1, 3),
            "and one third", fraction(1, 3),
            "and two thirds", fraction(2, 3));

    /** Signs that stand for operations or comparisons. */
    private static final Pattern CHANGING_SIGN = Pattern.compile("[<>≤≥≠√∛∜π∞±|^_\\\\∓≦≧]|\\*(?=\\s*[A-Za-z(])");

    private static final int MOST_BITS = 200;

    private static Rational fraction(long top, long bottom) {
        return new Rational(BigInteger.valueOf(top), BigInteger.valueOf(bottom));
    }

    /**
     * Reads what stands before and after a number; empty when it leaves the number open.
     *
     * @param currency whether the number is an amount of money
     */
    static Optional<NumberWords> around(String before, String after, boolean currency) {
        if (CHANGING_SIGN.matcher(before).find()
                || CHANGING_SIGN.matcher(after).find()
                || after.strip().startsWith("+")
                || BELOW_ZERO.matcher(after.toLowerCase(Locale.ROOT)).find()) {
            return Optional.empty();
        }
        List<String> leading = words(before.toLowerCase(Locale.ROOT));
        boolean negative = !leading.isEmpty() && SIGNS.contains(leading.getLast());
        List<String> others = negative ? leading.subList(0, leading.size() - 1) : leading;
        if (others.stream().anyMatch(CHANGING_BEFORE::contains)) {
            return Optional.empty();
        }
        return after(after, currency).map(found -> new NumberWords(negative, found.more, found.factor));
    }

    private static Optional<NumberWords> after(String after, boolean currency) {
        boolean attached = !after.isEmpty() && Character.isLetter(after.charAt(0));
        List<String> said = words(after);
        List<String> words =
                said.stream().map(each -> each.toLowerCase(Locale.ROOT)).toList();
        int at = 0;
        Rational more = words.size() < 3 ? null : PARTS.get(String.join(" ", words.subList(0, 3)));
        if (more != null) {
            at = 3;
        }
        Rational factor = Rational.ONE;
        for (; at < words.size(); at++) {
            String word = words.get(at);
            boolean capital = Character.isUpperCase(said.get(at).charAt(0));
            boolean isUnitToo = word.equals("k") ? !attached : OF_MONEY.containsKey(word);
            if (isUnitToo && capital && !currency) {
                return Optional.empty(); // 5 M: millions, or moles
            }
            Long magnitude = MAGNITUDES.getOrDefault(word, currency ? OF_MONEY.get(word) : null);
            if (magnitude == null) {
                break;
            }
            factor = factor.times(Rational.of(magnitude));
            if (factor.bits() > MOST_BITS) {
                return Optional.empty();
            }
        }
        boolean open = words.subList(at, words.size()).stream()
                .anyMatch(each -> CHANGING_AFTER.contains(each) || isLargeMagnitude(each));
        return open
                ? Optional.empty()
                : Optional.of(new NumberWords(false, more == null ? Rational.ZERO : more, factor));
    }

    private static boolean isLargeMagnitude(String word) {
        return word.length() > 2 && MAGNITUDES.containsKey(word);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("[^\\p{L}'’]+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** The number that is meant where this one stands between the words. */
    Rational applied(Rational value) {
        Rational magnitude = value.numerator().signum() < 0 ? value.negate() : value;
        Rational meant = magnitude.plus(more).times(factor);
        return (value.numerator().signum() < 0) == negative ? meant : meant.negate();
    }
}
