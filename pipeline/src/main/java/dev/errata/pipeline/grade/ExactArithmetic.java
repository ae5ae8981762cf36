package dev.errata.pipeline.grade;

import java.util.Optional;

/**
 * The exact value of a short arithmetic text: numbers, {@code + - * / ^}, parentheses and mixed numbers such as
 * {@code 3 1/2}. It is a small parser of its own, so that no text is ever run; depth and size are bounded.
 */
public final class ExactArithmetic {
    private static final int LONGEST = 500;
    private static final int DEEPEST = 50;
    private static final int MOST_BITS = 20_000;

    private final String text;
    private int at;
    private int depth;

    private ExactArithmetic(String text) {
        this.text = text;
    }

    /** The value; empty when the text is no arithmetic, divides by 0 or exceeds the bounds. */
    public static Optional<Rational> evaluate(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            ExactArithmetic parser = new ExactArithmetic(text);
            Rational value = parser.sum();
            parser.skipSpace();
            return parser.at == text.length() ? Optional.of(value) : Optional.empty();
        } catch (ArithmeticException notArithmetic) {
            return Optional.empty();
        }
    }

    private Rational sum() {
        Rational value = product();
        while (true) {
            if (take('+')) {
                value = bounded(value.plus(product()));
            } else if (take('-')) {
                value = bounded(value.minus(product()));
            } else {
                return value;
            }
        }
    }

    private Rational product() {
        Rational value = signed();
        while (true) {
            if (take('*')) {
                value = bounded(value.times(signed()));
            } else if (take('/')) {
                value = bounded(value.over(signed()));
            } else {
                return value;
            }
        }
    }

    private Rational signed() {
        boolean negative = false;
        while (true) {
            if (take('-')) {
                negative = !negative;
            } else if (!take('+')) {
                break;
            }
        }
        Rational value = power();
        return negative ? value.negate() : value;
    }

    /** The exponent is a whole number right after the sign. */
    private Rational power() {
        Rational base = atom();
        if (!take('^')) {
            return base;
        }
        boolean inverse = at < text.length() && text.charAt(at) == '-';
        int start = inverse ? ++at : at;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        if (at == start || at - start > 3) {
            throw new ArithmeticException("no exponent");
        }
        Rational value = Rational.ONE;
        for (int i = Integer.parseInt(text.substring(start, at)); i > 0; i--) {
            value = bounded(value.times(base));
        }
        return inverse ? Rational.ONE.over(value) : value;
    }

    private Rational atom() {
        if (take('(')) {
            if (++depth > DEEPEST) {
                throw new ArithmeticException("too deep");
            }
            Rational value = sum();
            if (!take(')')) {
                throw new ArithmeticException("an open parenthesis");
            }
            depth--;
            return value;
        }
        Rational whole = literal();
        int before = at;
        skipSpace();
        if (whole.isInteger() && at > before && at < text.length() && isDigit(text.charAt(at))) {
            Rational top = literal();
            if (!take('/')) {
                throw new ArithmeticException("two numbers side by side");
            }
            skipSpace();
            Rational part = top.over(literal());
            if (part.compareTo(Rational.ONE) >= 0) {
                throw new ArithmeticException("a number beside a fraction that is no part of it");
            }
            return whole.plus(part);
        }
        return whole;
    }

    private Rational literal() {
        skipSpace();
        int start = at;
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        if (at > start && at + 1 < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int digits = text.charAt(at + 1) == '-' || text.charAt(at + 1) == '+' ? at + 2 : at + 1;
            int end = digits;
            while (end < text.length() && isDigit(text.charAt(end))) {
                end++;
            }
            at = end > digits ? end : at;
        }
        return Rational.parse(text.substring(start, at)).orElseThrow(() -> new ArithmeticException("no number"));
    }

    private boolean take(char wanted) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Rational bounded(Rational value) {
        if (value.bits() > MOST_BITS) {
            throw new ArithmeticException("too large");
        }
        return value;
    }
}
