package dev.errata.pipeline.grade;

import java.math.BigInteger;

/** One polynomial over another. Two are equal when they are after multiplying by both denominators. */
record Quotient(Polynomial numerator, Polynomial denominator) {
    private static final Polynomial ONE = Polynomial.constant(Rational.ONE);

    /** Radicands above this are not taken apart into primes. */
    private static final BigInteger LARGEST_RADICAND = BigInteger.TEN.pow(10);

    static Quotient of(Rational value) {
        return new Quotient(Polynomial.constant(value), ONE);
    }

    static Quotient atom(String name) {
        return new Quotient(Polynomial.atom(name), ONE);
    }

    Quotient plus(Quotient other) {
        return new Quotient(
                numerator.times(other.denominator).plus(other.numerator.times(denominator)),
                denominator.times(other.denominator));
    }

    Quotient times(Quotient other) {
        return new Quotient(numerator.times(other.numerator), denominator.times(other.denominator));
    }

    Quotient over(Quotient other) {
        if (other.numerator.isZero()) {
            throw new ArithmeticException("division by zero");
        }
        return new Quotient(numerator.times(other.denominator), denominator.times(other.numerator));
    }

    Quotient negate() {
        return new Quotient(numerator.negate(), denominator);
    }

    Quotient power(int exponent) {
        Quotient result = of(Rational.ONE);
        Quotient base = exponent < 0 ? result.over(this) : this;
        for (int i = Math.abs(exponent); i > 0; i--) {
            result = result.times(base);
        }
        return result;
    }

    boolean sameAs(Quotient other) {
        return numerator
                .times(other.denominator)
                .plus(other.numerator.times(denominator).negate())
                .isZero();
    }

    /** Its value when it is a plain number, else null. */
    Rational constant() {
        Rational top = numerator.constant();
        Rational bottom = denominator.constant();
        return top == null || bottom == null ? null : top.over(bottom);
    }

    /** The exact square root of a plain number, as a product of roots of primes; null when it can't be written so. */
    static Quotient squareRoot(Rational value) {
        BigInteger radicand = value.numerator().multiply(value.denominator());
        BigInteger size = radicand.abs();
        if (size.compareTo(LARGEST_RADICAND) > 0) {
            BigInteger[] root = size.sqrtAndRemainder();
            return root[1].signum() == 0 ? signed(radicand, of(new Rational(root[0], value.denominator()))) : null;
        }
        long rest = size.longValueExact();
        long outside = rest == 0 ? 0 : 1;
        Quotient inside = of(Rational.ONE);
        for (long prime = 2; prime * prime <= rest; prime++) {
            while (rest % (prime * prime) == 0) {
                rest /= prime * prime;
                outside *= prime;
            }
            if (rest % prime == 0) {
                rest /= prime;
                inside = inside.times(atom(Polynomial.ROOT + prime));
            }
        }
        if (rest > 1) {
            inside = inside.times(atom(Polynomial.ROOT + rest));
        }
        return signed(radicand, inside.times(of(new Rational(BigInteger.valueOf(outside), value.denominator()))));
    }

    private static Quotient signed(BigInteger radicand, Quotient root) {
        return radicand.signum() < 0 ? root.times(atom(Polynomial.IMAGINARY)) : root;
    }
}
