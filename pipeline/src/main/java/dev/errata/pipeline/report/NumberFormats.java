package dev.errata.pipeline.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Figures as the page spells them: a no-break space before the percent sign, a real minus sign, no locale. */
final class NumberFormats {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final BigDecimal LEVEL = new BigDecimal("0.05");

    private NumberFormats() {}

    /** {@code 46.7 %} from counts, rounded half up from the exact fraction; a dash where there is nothing to count. */
    static String percent(long part, long whole) {
        if (whole == 0) {
            return "–";
        }
        return BigDecimal.valueOf(part)
                        .multiply(HUNDRED)
                        .divide(BigDecimal.valueOf(whole), 1, RoundingMode.HALF_UP)
                        .toPlainString()
                + "\u00a0%";
    }

    /** {@code 46.7 %} from a fraction between 0 and 1. */
    static String percent(double fraction) {
        return oneDigit(fraction * 100) + "\u00a0%";
    }

    /** The size of a difference of fractions in percentage points, without sign: {@code 6.3 points}. */
    static String points(double difference) {
        String digits = oneDigit(Math.abs(difference) * 100);
        return digits + (digits.equals("1.0") ? " point" : " points");
    }

    /** The same with its sign, for a table: {@code +6.3}, {@code −1.0}, {@code 0.0}. */
    static String signedPoints(double difference) {
        String digits = oneDigit(Math.abs(difference) * 100);
        return (digits.equals("0.0") ? "" : difference > 0 ? "+" : "−") + digits;
    }

    /** {@code 480}, {@code 12,523}. */
    static String count(long n) {
        return n < 10_000 ? Long.toString(n) : String.format(Locale.ROOT, "%,d", n);
    }

    /** {@code 1 path}, {@code 3 paths}. */
    static String count(long n, String singular, String plural) {
        return count(n) + " " + (n == 1 ? singular : plural);
    }

    /** {@code p = 0.61}, {@code p < 0.001}; two digits, or as many as it takes to stay on its side of 0.05. */
    static String pValue(double p) {
        if (Double.isNaN(p)) {
            return "p unknown";
        }
        if (p < 0.001) {
            return "p\u00a0<\u00a00.001";
        }
        BigDecimal exact = BigDecimal.valueOf(Math.min(p, 1));
        int digits = 2;
        BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_UP));
        while (rounded.compareTo(LEVEL) >= 0 != exact.compareTo(LEVEL) >= 0) {
            rounded = exact.round(new MathContext(++digits, RoundingMode.HALF_UP));
        }
        return "p\u00a0=\u00a0" + rounded.stripTrailingZeros().toPlainString();
    }

    /** {@code 45 s}, {@code 12 min 5 s}, {@code 3 h 20 min}. */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + "\u00a0s";
        }
        return whole < 3600
                ? whole / 60 + "\u00a0min " + whole % 60 + "\u00a0s"
                : whole / 3600 + "\u00a0h " + whole % 3600 / 60 + "\u00a0min";
    }

    /** A coordinate of a drawing, to a tenth of a unit. */
    static String coordinate(double value) {
        String digits = oneDigit(value);
        String whole = digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
        return whole.equals("-0") ? "0" : whole;
    }

    private static String oneDigit(double value) {
        return BigDecimal.valueOf(value).setScale(1, RoundingMode.HALF_UP).toPlainString();
    }
}
