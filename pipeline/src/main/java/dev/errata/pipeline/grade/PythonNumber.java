package dev.errata.pipeline.grade;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** An int or a float as Python computes with them. Where Python raises an error these throw ArithmeticException. */
sealed interface PythonNumber {
    record Int(BigInteger value) implements PythonNumber {}

    record Real(double value) implements PythonNumber {}

    /** Larger ints only cost time: {@code float} of them fails anyway. */
    int MOST_BITS = 20_000;

    default double toDouble() {
        return switch (this) {
            case Real real -> real.value();
            case Int whole -> {
                double value = whole.value().doubleValue();
                if (Double.isInfinite(value)) {
                    throw new ArithmeticException("int too large to convert to float");
                }
                yield value;
            }
        };
    }

    static PythonNumber of(BigInteger value) {
        if (value.bitLength() > MOST_BITS) {
            throw new ArithmeticException("too large");
        }
        return new Int(value);
    }

    static PythonNumber of(boolean value) {
        return new Int(value ? BigInteger.ONE : BigInteger.ZERO);
    }

    default PythonNumber plus(PythonNumber other) {
        return this instanceof Int a && other instanceof Int b
                ? of(a.value().add(b.value()))
                : new Real(toDouble() + other.toDouble());
    }

    default PythonNumber minus(PythonNumber other) {
        return this instanceof Int a && other instanceof Int b
                ? of(a.value().subtract(b.value()))
                : new Real(toDouble() - other.toDouble());
    }

    default PythonNumber times(PythonNumber other) {
        return this instanceof Int a && other instanceof Int b
                ? of(a.value().multiply(b.value()))
                : new Real(toDouble() * other.toDouble());
    }

    /** {@code a / b}: of ints the double nearest to the true quotient. */
    default PythonNumber dividedBy(PythonNumber other) {
        if (this instanceof Int a && other instanceof Int b) {
            if (b.value().signum() == 0) {
                throw new ArithmeticException("division by zero");
            }
            if (a.value().bitLength() <= 53 && b.value().bitLength() <= 53) {
                return new Real(a.value().doubleValue() / b.value().doubleValue());
            }
            double quotient = new BigDecimal(a.value())
                    .divide(new BigDecimal(b.value()), new MathContext(60))
                    .doubleValue();
            if (Double.isInfinite(quotient)) {
                throw new ArithmeticException("integer division result too large for a float");
            }
            return new Real(quotient);
        }
        double divisor = nonZero(other.toDouble());
        return new Real(toDouble() / divisor);
    }

    /** {@code a // b}: rounded towards minus infinity. */
    default PythonNumber floorDividedBy(PythonNumber other) {
        if (this instanceof Int a && other instanceof Int b) {
            return of(floorQuotient(a.value(), b.value()));
        }
        double divisor = nonZero(other.toDouble());
        return new Real(Math.floor(toDouble() / divisor));
    }

    /** {@code a % b}: with the sign of b. */
    default PythonNumber modulo(PythonNumber other) {
        if (this instanceof Int a && other instanceof Int b) {
            return of(a.value().subtract(b.value().multiply(floorQuotient(a.value(), b.value()))));
        }
        double divisor = nonZero(other.toDouble());
        double rest = toDouble() % divisor;
        return new Real(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
    }

    /** {@code a ** b}. A complex result is an error here, since {@code float} of it is one. */
    default PythonNumber power(PythonNumber other) {
        if (this instanceof Int a && other instanceof Int b && b.value().signum() >= 0) {
            if (a.value().bitLength() <= 1) {
                return a.value().signum() >= 0 || b.value().testBit(0)
                        ? smallPower(a.value(), b.value())
                        : of(BigInteger.ONE);
            }
            if (b.value().bitLength() > 15
                    || (long) b.value().intValue() * a.value().bitLength() > 2L * MOST_BITS) {
                throw new ArithmeticException("too large");
            }
            return of(a.value().pow(b.value().intValue()));
        }
        double base = toDouble();
        double exponent = other.toDouble();
        double result = Math.pow(base, exponent);
        boolean divides = base == 0 && exponent < 0;
        boolean complex = base < 0 && Double.isFinite(base) && exponent != Math.rint(exponent);
        if (divides || complex || (Double.isInfinite(result) && Double.isFinite(base) && Double.isFinite(exponent))) {
            throw new ArithmeticException("no float");
        }
        return new Real(result);
    }

    /** Of -1, 0 or 1, with an exponent of any size. */
    private static PythonNumber smallPower(BigInteger base, BigInteger exponent) {
        return of(exponent.signum() == 0 ? BigInteger.ONE : base);
    }

    default BigInteger whole() {
        if (this instanceof Int whole) {
            return whole.value();
        }
        throw new ArithmeticException("a float has no bits");
    }

    /** {@code a << b} and {@code a >> -b}, of ints alone. */
    default PythonNumber shiftedLeft(PythonNumber other) {
        BigInteger by = other.whole();
        if (by.signum() < 0 || by.bitLength() > 15) {
            throw new ArithmeticException("shift count");
        }
        return of(whole().shiftLeft(by.intValue()));
    }

    private static BigInteger floorQuotient(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() != 0 && parts[1].signum() != b.signum() ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static double nonZero(double divisor) {
        if (divisor == 0) {
            throw new ArithmeticException("float division by zero");
        }
        return divisor;
    }
}
