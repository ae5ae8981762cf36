package dev.errata.pipeline.grade;

import java.util.Optional;
import java.util.Set;

/**
 * The exact value of a LaTeX expression: numbers, variables, {@code \frac}, {@code \sqrt}, powers, {@code \pi}. What it
 * has no rule for (functions, roots of variables) counts as an atom, equal to itself alone. Depth and size are bounded.
 */
final class LatexExpression {
    private static final int DEEPEST = 40;
    private static final int LONGEST = 1000;
    private static final int LARGEST_POWER = 60;
    private static final Set<String> FUNCTIONS = Set.of(
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "arcsin",
            "arccos",
            "arctan",
            "log",
            "ln",
            "exp",
            "binom",
            "overline",
            "vec",
            "lfloor",
            "lceil",
            "angle");

    private final String text;
    private int at;
    private int depth;

    private LatexExpression(String text) {
        this.text = text;
    }

    /** The value; empty when the text is no expression. */
    static Optional<Quotient> parse(String text) {
        if (text.isBlank() || text.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            LatexExpression parser = new LatexExpression(text);
            Quotient value = parser.sum();
            return parser.peek() == 0 ? Optional.of(value) : Optional.empty();
        } catch (ArithmeticException noExpression) {
            return Optional.empty();
        }
    }

    /** Whether two values are the same; false also when that takes too much to find out. */
    static boolean same(Quotient one, Quotient other) {
        try {
            return one.sameAs(other);
        } catch (ArithmeticException tooLarge) {
            return false;
        }
    }

    private Quotient sum() {
        if (++depth > DEEPEST) {
            throw new ArithmeticException("too deep");
        }
        boolean negative = take('-');
        if (!negative) {
            take('+');
        }
        Quotient value = negative ? product().negate() : product();
        while (true) {
            if (take('+')) {
                value = value.plus(product());
            } else if (take('-')) {
                value = value.plus(product().negate());
            } else {
                depth--;
                return value;
            }
        }
    }

    private Quotient product() {
        Quotient value = mixedOrPower();
        while (true) {
            if (take('*')) {
                value = value.times(signedPower());
            } else if (take('/')) {
                value = value.over(signedPower());
            } else if (startsFactor(peek())) {
                value = value.times(power());
            } else {
                return value;
            }
        }
    }

    private Quotient signedPower() {
        return take('-') ? power().negate() : power();
    }

    /** {@code 3\frac{1}{2}} and {@code 3 1/2} are sums. */
    private Quotient mixedOrPower() {
        int start = at;
        Quotient value = power();
        Rational whole = value.constant();
        boolean isLiteral = whole != null
                && whole.isInteger()
                && text.substring(start, at).strip().chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isLiteral) {
            return value;
        }
        peek();
        int mark = at;
        if (text.startsWith("\\frac", at) || (Character.isDigit(peek()) && at > start)) {
            boolean plain = Character.isDigit(peek());
            Quotient part = power();
            if (plain) {
                if (!take('/')) {
                    throw new ArithmeticException("two numbers side by side");
                }
                part = part.over(power());
            }
            Rational fraction = part.constant();
            if (fraction != null && fraction.numerator().signum() > 0 && fraction.compareTo(Rational.ONE) < 0) {
                return value.plus(part);
            }
            at = mark;
        }
        return value;
    }

    private Quotient power() {
        int start = at;
        Quotient base = atom();
        while (take('!')) {
            base = factorial(base);
        }
        if (!take('^')) {
            return base;
        }
        Quotient exponent = peek() == '{' ? group() : oneToken();
        Rational number = exponent.constant();
        if (number != null && number.isInteger() && number.numerator().bitLength() < 8) {
            int whole = number.numerator().intValue();
            if (Math.abs(whole) <= LARGEST_POWER) {
                return base.power(whole);
            }
        }
        Rational value = base.constant();
        if (number != null && value != null && value.numerator().signum() > 0) {
            Quotient root = fractionalPower(value, number);
            if (root != null) {
                return root;
            }
        }
        return opaque(start);
    }

    /** A root of a power of a number above 0, or null. */
    private static Quotient fractionalPower(Rational base, Rational exponent) {
        if (exponent.numerator().bitLength() > 4 || exponent.denominator().bitLength() > 4) {
            return null;
        }
        Rational power =
                Quotient.of(base).power(exponent.numerator().intValue()).constant();
        return Quotient.root(power, exponent.denominator().intValue());
    }

    private static Quotient factorial(Quotient base) {
        Rational value = base.constant();
        if (value == null
                || !value.isInteger()
                || value.numerator().signum() < 0
                || value.numerator().bitLength() > 6) {
            throw new ArithmeticException("no factorial");
        }
        Rational product = Rational.ONE;
        for (int i = 2; i <= value.numerator().intValue(); i++) {
            product = product.times(Rational.of(i));
        }
        return Quotient.of(product);
    }

    private Quotient atom() {
        char c = peek();
        if (c == '{') {
            return group();
        }
        if (c == '(' || c == '[') {
            at++;
            Quotient value = sum();
            expect(c == '(' ? ')' : ']');
            return value;
        }
        int start = at;
        if (isDigit(c) || c == '.') {
            while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
                at++;
            }
            String literal = text.substring(start, at);
            return hasSubscript()
                    ? opaque(start)
                    : Quotient.of(Rational.parse(literal).orElseThrow(() -> new ArithmeticException("no number")));
        }
        if (c == '\\') {
            return command();
        }
        if (Character.isLetter(c)) {
            at++;
            return hasSubscript() ? opaque(start) : Quotient.atom(String.valueOf(c));
        }
        throw new ArithmeticException("no operand");
    }

    private Quotient command() {
        int start = at++;
        while (at < text.length() && Character.isLetter(text.charAt(at))) {
            at++;
        }
        String name = text.substring(start + 1, at);
        return switch (name) {
            case "frac" -> argument().over(argument());
            case "sqrt" -> root(start);
            case "" -> throw new ArithmeticException("a stray backslash");
            default -> {
                if (FUNCTIONS.contains(name)) {
                    hasSubscript();
                    if (take('^')) {
                        argument();
                    }
                    argument();
                    if (name.equals("binom")) {
                        argument();
                    }
                    yield opaque(start);
                }
                yield hasSubscript() ? opaque(start) : Quotient.atom(text.substring(start, at));
            }
        };
    }

    private Quotient root(int start) {
        int degree = 2;
        if (peek() == '[') {
            at++;
            Rational index = sum().constant();
            expect(']');
            degree = index != null && index.isInteger() && index.numerator().bitLength() < 8
                    ? index.numerator().intValue()
                    : 0;
        }
        Rational radicand = argument().constant();
        Quotient root = radicand == null || degree == 0 ? null : Quotient.root(radicand, degree);
        return root == null ? opaque(start) : root;
    }

    /** A group in braces, or the one digit, letter or command that LaTeX takes without them. */
    private Quotient argument() {
        return peek() == '{' ? group() : oneToken();
    }

    private Quotient oneToken() {
        if (!isDigit(peek())) {
            if (++depth > DEEPEST) {
                throw new ArithmeticException("too deep");
            }
            Quotient value = signedAtom();
            depth--;
            return value;
        }
        at++;
        return Quotient.of(Rational.of(text.charAt(at - 1) - '0'));
    }

    private Quotient signedAtom() {
        return take('-') ? atom().negate() : atom();
    }

    private Quotient group() {
        expect('{');
        Quotient value = sum();
        expect('}');
        return value;
    }

    /** Takes a subscript, if one follows. */
    private boolean hasSubscript() {
        if (at >= text.length() || text.charAt(at) != '_') {
            return false;
        }
        at++;
        argument();
        return true;
    }

    /** What was read since {@code start}, as an atom of its own. */
    private Quotient opaque(int start) {
        return Quotient.atom(text.substring(start, at).replaceAll("[\\s{}]", ""));
    }

    private boolean take(char wanted) {
        if (peek() == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!take(wanted)) {
            throw new ArithmeticException("no " + wanted);
        }
    }

    /** The next character that is no space; 0 at the end. */
    private char peek() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private static boolean startsFactor(char c) {
        return c == '(' || c == '{' || c == '\\' || Character.isLetter(c) || isDigit(c) || c == '.';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
