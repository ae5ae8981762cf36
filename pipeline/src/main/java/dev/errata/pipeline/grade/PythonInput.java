package dev.errata.pipeline.grade;

import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** What Python's {@code str.strip} and {@code float} make of a text, for graders that were defined by them. */
final class PythonInput {
    /** Digits with single underscores between them, a point anywhere but alone; an exponent can't occur here. */
    private static final Pattern FLOAT = Pattern.compile("[0-9_]*+\\.?[0-9_]*+");

    private PythonInput() {}

    static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** {@code float(text)} of a text without letters and signs; empty where Python raises an error. */
    static OptionalDouble toFloat(String text) {
        String digits = asciiDigits(strip(text));
        boolean hasDigit = digits.chars().anyMatch(PythonInput::isDigit);
        if (!hasDigit || !FLOAT.matcher(digits).matches() || !underscoresAreBetweenDigits(digits)) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(Double.parseDouble(digits.replace("_", "")));
    }

    /** Decimal digits of any script as 0 to 9, as Python reads them. */
    private static String asciiDigits(String text) {
        StringBuilder ascii = new StringBuilder(text.length());
        text.codePoints().forEach(c -> ascii.appendCodePoint(Character.isDigit(c) ? '0' + Character.digit(c, 10) : c));
        return ascii.toString();
    }

    static boolean underscoresAreBetweenDigits(String text) {
        for (int at = text.indexOf('_'); at >= 0; at = text.indexOf('_', at + 1)) {
            if (at == 0 || at == text.length() - 1 || !isDigit(text.charAt(at - 1)) || !isDigit(text.charAt(at + 1))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || c == 0x85 || c == 0xa0 || c == 0x2007 || c == 0x202f;
    }
}
