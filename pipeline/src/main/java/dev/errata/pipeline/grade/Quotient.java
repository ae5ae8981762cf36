package dev.errata.pipeline.grade;

import java.math.BigInteger;

/** One polynomial over another. Two are equal when they are after multiplying by both denominators. */
record Quotient(Polynomial numerator, Polynomial denominator) {
    private static final Polynomial ONE = Polynomial.constant(Rational.ONE);

    /** Radicands above this are not taken apart into primes. */
    private static final BigInteger LARGEST_RADICAND = BigInteger.TEN.pow(10);

    private static final int LARGEST_DEGREE = 12;

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

    /** The number that this is of the other; null where there is none, or either is 0. */
    Rational factorOf(Quotient other) {
        Polynomial mine = numerator.times(other.denominator);
        Polynomial theirs = other.numerator.times(denominator);
        if (mine.isZero() || theirs.isZero()) {
            return null;
        }
        var term = mine.terms().entrySet().iterator().next();
        Rational counterpart = theirs.terms().get(term.getKey());
        if (counterpart == null) {
            return null;
        }
        Rational factor = term.getValue().over(counterpart);
        Polynomial scaled = theirs.times(Polynomial.constant(factor));
        return mine.plus(scaled.negate()).isZero() ? factor : null;
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

    /**
     * The real root of a plain number, as a rational number times the root of what has no such power in it; null when it
     * can't be written so.
     */
    static Quotient root(Rational value, int degree) {
        if (degree == 2) {
            return squareRoot(value);
        }
        if (degree == 1) {
            return of(value);
        }
        if (degree < 1 || degree > LARGEST_DEGREE || (value.numerator().signum() < 0 && degree % 2 == 0)) {
            return null;
        }
        if (value.numerator().signum() < 0) {
            Quotient root = root(value.negate(), degree);
            return root == null ? null : root.negate();
        }
        BigInteger radicand = value.numerator().multiply(value.denominator().pow(degree - 1));
        if (radicand.compareTo(LARGEST_RADICAND) > 0) {
            return null;
        }
        long rest = radicand.longValueExact();
        long outside = rest == 0 ? 0 : 1;
        for (long base = 2; power(base, degree) <= rest; base++) {
            while (rest % power(base, degree) == 0) {
                rest /= power(base, degree);
                outside *= base;
            }
        }
        Quotient inside = rest <= 1 ? of(Rational.ONE) : irreducible(rest, degree);
        return inside.times(of(new Rational(BigInteger.valueOf(outside), value.denominator())));
    }

    /** The root of a number above 1 without powers of that degree, with the least degree that it can be written with. */
    private static Quotient irreducible(long radicand, int degree) {
        for (int divisor = degree; divisor > 1; divisor--) {
            if (degree % divisor == 0) {
                long base = 2;
                while (power(base, divisor) < radicand) {
                    base++;
                }
                if (power(base, divisor) == radicand) {
                    return root(Rational.of(base), degree / divisor);
                }
            }
        }
        return atom("\\sqrt[" + degree + "]" + radicand);
    }

    /** Bounded above the largest radicand. */
    private static long power(long base, int degree) {
        long power = 1;
        for (int i = 0; i < degree && power <= LARGEST_RADICAND.longValueExact(); i++) {
            power *= base;
        }
        return power;
    }

    private static Quotient signed(BigInteger radicand, Quotient root) {
        return radicand.signum() < 0 ? root.times(atom(Polynomial.IMAGINARY)) : root;
    }
}
