package dev.errata.pipeline.grade;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An exact fraction in lowest terms with a positive denominator. */
public record Rational(BigInteger numerator, BigInteger denominator) implements Comparable<Rational> {
    public static final Rational ZERO = of(0);
    public static final Rational ONE = of(1);

    /** Longer literals and larger exponents are no numbers that an answer would name; they only cost time. */
    private static final int LONGEST_LITERAL = 400;

    private static final int LARGEST_EXPONENT = 400;

    private static final Pattern LITERAL =
            Pattern.compile("([+-]?)(\\d*+)(?:\\.(\\d*+))?(?:[eE]([+-]?\\d{1,4}))?(?:/(\\d++))?");

    /**
     * Brings the fraction to lowest terms.
     *
     * @throws ArithmeticException if the denominator is 0
     */
    public Rational {
        if (denominator.signum() == 0) {
            throw new ArithmeticException("a fraction over 0");
        }
        BigInteger gcd = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
            gcd = gcd.negate();
        }
        if (!gcd.equals(BigInteger.ONE)) {
            numerator = numerator.divide(gcd);
            denominator = denominator.divide(gcd);
        }
    }

    public static Rational of(long value) {
        return new Rational(BigInteger.valueOf(value), BigInteger.ONE);
    }

    /** Reads {@code 18}, {@code -3.5}, {@code .5}, {@code 2e3} or {@code 1/2}; empty for anything else. */
    public static Optional<Rational> parse(String text) {
        if (text.length() > LONGEST_LITERAL) {
            return Optional.empty();
        }
        Matcher found = LITERAL.matcher(text);
        if (!found.matches()) {
            return Optional.empty();
        }
        String fraction = found.group(3) == null ? "" : found.group(3);
        String digits = found.group(2) + fraction;
        int exponent = found.group(4) == null ? 0 : Integer.parseInt(found.group(4));
        if (digits.isEmpty() || Math.abs(exponent) > LARGEST_EXPONENT) {
            return Optional.empty();
        }
        BigInteger value = new BigInteger(found.group(1).equals("-") ? "-" + digits : digits);
        BigInteger denominator = found.group(5) == null ? BigInteger.ONE : new BigInteger(found.group(5));
        int scale = exponent - fraction.length();
        if (denominator.signum() == 0) {
            return Optional.empty();
        }
        BigInteger power = BigInteger.TEN.pow(Math.abs(scale));
        return Optional.of(
                scale < 0
                        ? new Rational(value, denominator.multiply(power))
                        : new Rational(value.multiply(power), denominator));
    }

    public Rational plus(Rational other) {
        return new Rational(
                numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                denominator.multiply(other.denominator));
    }

    public Rational minus(Rational other) {
        return plus(other.negate());
    }

    public Rational times(Rational other) {
        return new Rational(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
    }

    /** The quotient; throws {@link ArithmeticException} when {@code other} is 0. */
    public Rational over(Rational other) {
        return new Rational(numerator.multiply(other.denominator), denominator.multiply(other.numerator));
    }

    public Rational negate() {
        return new Rational(numerator.negate(), denominator);
    }

    public boolean isInteger() {
        return denominator.equals(BigInteger.ONE);
    }

    public boolean isZero() {
        return numerator.signum() == 0;
    }

    /** Bits of numerator and denominator together: what arithmetic on it costs. */
    public int bits() {
        return numerator.bitLength() + denominator.bitLength();
    }

    /** Rounded half up to this many digits after the point. */
    public Rational rounded(int digits) {
        BigDecimal value = new BigDecimal(numerator).divide(new BigDecimal(denominator), digits, RoundingMode.HALF_UP);
        return parse(value.toPlainString()).orElse(this);
    }

    /** {@code 18}, {@code -3.5} where the decimal ends, else {@code 1/3}. */
    public String decimal() {
        if (isInteger()) {
            return numerator.toString();
        }
        BigInteger rest = denominator;
        int twos = rest.getLowestSetBit();
        rest = rest.shiftRight(twos);
        int fives = 0;
        while (rest.mod(BigInteger.valueOf(5)).signum() == 0) {
            rest = rest.divide(BigInteger.valueOf(5));
            fives++;
        }
        if (!rest.equals(BigInteger.ONE)) {
            return toString();
        }
        return new BigDecimal(numerator)
                .divide(new BigDecimal(denominator), Math.max(twos, fives), RoundingMode.UNNECESSARY)
                .toPlainString();
    }

    @Override
    public int compareTo(Rational other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
    }

    /** {@code 18} or {@code 1/3}. */
    @Override
    public String toString() {
        return isInteger() ? numerator.toString() : numerator + "/" + denominator;
    }
}
