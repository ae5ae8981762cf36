package dev.errata.pipeline.grade;

import java.math.BigInteger;
import java.util.OptionalDouble;

/**
 * The value that Python's {@code float(eval(text))} has for a text without letters: numbers, parentheses and Python's
 * operators on them. Nothing is run; anything else, and whatever raises an error there, has no value.
 */
final class PythonArithmetic {
    /** CPython's own bound on nested parentheses. */
    private static final int DEEPEST = 200;

    /** CPython refuses int literals with more digits. */
    private static final int MOST_DIGITS = 4300;

    private static final int LONGEST = 20_000;

    private final String text;
    private int at;
    private int depth;
    private int parentheses;

    private PythonArithmetic(String text) {
        this.text = text;
    }

    /** The value, or empty where Python raises an error. */
    static OptionalDouble evaluate(String text) {
        if (text.length() > LONGEST) {
            return OptionalDouble.empty();
        }
        try {
            PythonArithmetic parser = new PythonArithmetic(text);
            parser.skipBlankLines();
            PythonNumber value = parser.comparison();
            parser.skipBlankLines();
            return parser.at == text.length() ? OptionalDouble.of(value.toDouble()) : OptionalDouble.empty();
        } catch (ArithmeticException raised) {
            return OptionalDouble.empty();
        }
    }

    private PythonNumber comparison() {
        PythonNumber left = bitOr();
        boolean compared = false;
        boolean holds = true;
        while (true) {
            boolean less = takeSingle('<');
            if (!less && !takeSingle('>')) {
                return compared ? PythonNumber.of(holds) : left;
            }
            PythonNumber right = bitOr();
            int order = compare(left, right);
            holds &= less ? order < 0 : order > 0;
            compared = true;
            left = right;
        }
    }

    private static int compare(PythonNumber left, PythonNumber right) {
        return left instanceof PythonNumber.Int a && right instanceof PythonNumber.Int b
                ? a.value().compareTo(b.value())
                : Double.compare(left.toDouble(), right.toDouble());
    }

    private PythonNumber bitOr() {
        PythonNumber value = bitXor();
        while (takeSingle('|')) {
            value = PythonNumber.of(value.whole().or(bitXor().whole()));
        }
        return value;
    }

    private PythonNumber bitXor() {
        PythonNumber value = bitAnd();
        while (takeSingle('^')) {
            value = PythonNumber.of(value.whole().xor(bitAnd().whole()));
        }
        return value;
    }

    private PythonNumber bitAnd() {
        PythonNumber value = shift();
        while (takeSingle('&')) {
            value = PythonNumber.of(value.whole().and(shift().whole()));
        }
        return value;
    }

    private PythonNumber shift() {
        PythonNumber value = sum();
        while (takeDouble('<')) {
            value = value.shiftedLeft(sum());
        }
        return value;
    }

    private PythonNumber sum() {
        PythonNumber value = product();
        while (true) {
            if (takeSingle('+')) {
                value = value.plus(product());
            } else if (takeSingle('-')) {
                value = value.minus(product());
            } else {
                return value;
            }
        }
    }

    private PythonNumber product() {
        PythonNumber value = signed();
        while (true) {
            if (takeDouble('/')) {
                value = value.floorDividedBy(signed());
            } else if (takeSingle('/')) {
                value = value.dividedBy(signed());
            } else if (takeSingle('*')) {
                value = value.times(signed());
            } else if (takeSingle('%')) {
                value = value.modulo(signed());
            } else {
                return value;
            }
        }
    }

    private PythonNumber signed() {
        enter();
        PythonNumber value;
        if (takeSingle('-')) {
            value = PythonNumber.of(BigInteger.ZERO).minus(signed());
        } else if (takeSingle('+')) {
            value = signed();
        } else if (takeSingle('~')) {
            value = PythonNumber.of(signed().whole().not());
        } else {
            value = atom();
            if (takeDouble('*')) {
                value = value.power(signed());
            }
        }
        depth--;
        return value;
    }

    private PythonNumber atom() {
        if (takeSingle('(')) {
            if (++parentheses > DEEPEST) {
                throw new ArithmeticException("too deep");
            }
            PythonNumber value = comparison();
            if (!takeSingle(')')) {
                throw new ArithmeticException("an open parenthesis");
            }
            parentheses--;
            return value;
        }
        return literal();
    }

    private PythonNumber literal() {
        int start = at;
        boolean point = false;
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '_' || text.charAt(at) == '.')) {
            if (text.charAt(at) == '.') {
                if (point) {
                    break;
                }
                point = true;
            }
            at++;
        }
        String number = text.substring(start, at);
        if (point) {
            return new PythonNumber.Real(
                    PythonInput.toFloat(number).orElseThrow(() -> new ArithmeticException("no float")));
        }
        String digits = number.replace("_", "");
        boolean leadingZero = digits.startsWith("0") && digits.chars().anyMatch(c -> c != '0');
        if (digits.isEmpty()
                || leadingZero
                || digits.length() > MOST_DIGITS
                || !PythonInput.underscoresAreBetweenDigits(number)) {
            throw new ArithmeticException("no int");
        }
        return PythonNumber.of(new BigInteger(digits));
    }

    private void enter() {
        if (++depth > 2 * DEEPEST) {
            throw new ArithmeticException("too deep");
        }
    }

    /** Takes the operator, but not as the first half of a doubled one ({@code **}, {@code //}, {@code <<}). */
    private boolean takeSingle(char operator) {
        skipSpace();
        boolean doubles = operator == '*' || operator == '/' || operator == '<';
        if (at >= text.length() || text.charAt(at) != operator) {
            return false;
        }
        if (doubles && at + 1 < text.length() && text.charAt(at + 1) == operator) {
            return false;
        }
        at++;
        return true;
    }

    private boolean takeDouble(char operator) {
        skipSpace();
        if (at + 1 < text.length() && text.charAt(at) == operator && text.charAt(at + 1) == operator) {
            at += 2;
            return true;
        }
        return false;
    }

    /** Tabs; within parentheses line ends too, and comments before them. */
    private void skipSpace() {
        skipWhile(parentheses > 0);
    }

    private void skipBlankLines() {
        skipWhile(true);
    }

    private void skipWhile(boolean linesToo) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#' && linesToo) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("\\\n", at)) {
                at += 2;
            } else if (c == ' ' || c == '\t' || c == '\f' || (linesToo && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
