package dev.errata.pipeline.grade;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A sum of products of named atoms with exact coefficients: its terms by their atoms' exponents. The atom {@code i}
 * squares to -1, and {@code √p} to the prime p. Sizes are bounded; beyond them ArithmeticException is thrown.
 */
record Polynomial(Map<SortedMap<String, Integer>, Rational> terms) {
    static final String IMAGINARY = "i";
    static final String ROOT = "√";

    private static final int MOST_TERMS = 200;
    private static final int LARGEST_EXPONENT = 60;
    private static final int MOST_BITS = 4000;

    static Polynomial constant(Rational value) {
        return value.isZero() ? new Polynomial(Map.of()) : new Polynomial(Map.of(new TreeMap<>(), value));
    }

    static Polynomial atom(String name) {
        return new Polynomial(Map.of(new TreeMap<>(Map.of(name, 1)), Rational.ONE));
    }

    boolean isZero() {
        return terms.isEmpty();
    }

    /** Its value when it holds no atom, else null. */
    Rational constant() {
        if (terms.isEmpty()) {
            return Rational.ZERO;
        }
        return terms.size() == 1 ? terms.get(new TreeMap<String, Integer>()) : null;
    }

    Polynomial plus(Polynomial other) {
        Map<SortedMap<String, Integer>, Rational> sum = new HashMap<>(terms);
        other.terms.forEach((atoms, factor) -> add(sum, atoms, factor));
        return bounded(sum);
    }

    Polynomial negate() {
        return times(constant(Rational.of(-1)));
    }

    Polynomial times(Polynomial other) {
        if ((long) terms.size() * other.terms.size() > (long) MOST_TERMS * MOST_TERMS) {
            throw new ArithmeticException("too many terms");
        }
        Map<SortedMap<String, Integer>, Rational> product = new HashMap<>();
        terms.forEach((atoms, factor) -> other.terms.forEach((otherAtoms, otherFactor) -> {
            SortedMap<String, Integer> both = new TreeMap<>(atoms);
            otherAtoms.forEach((name, exponent) -> both.merge(name, exponent, Integer::sum));
            add(product, both, reduce(both, factor.times(otherFactor)));
        }));
        return bounded(product);
    }

    /** Replaces squares that have a value; returns the coefficient with that value. */
    private static Rational reduce(SortedMap<String, Integer> atoms, Rational factor) {
        Rational reduced = factor;
        for (String name : List.copyOf(atoms.keySet())) {
            int exponent = atoms.get(name);
            if (exponent > LARGEST_EXPONENT) {
                throw new ArithmeticException("too large an exponent");
            }
            boolean imaginary = name.equals(IMAGINARY);
            if (exponent < 2 || !(imaginary || name.startsWith(ROOT))) {
                continue;
            }
            Rational square = Rational.of(imaginary ? -1 : Long.parseLong(name.substring(ROOT.length())));
            for (int pair = 0; pair < exponent / 2; pair++) {
                reduced = reduced.times(square);
            }
            if (exponent % 2 == 0) {
                atoms.remove(name);
            } else {
                atoms.put(name, 1);
            }
        }
        return reduced;
    }

    private static void add(
            Map<SortedMap<String, Integer>, Rational> sum, SortedMap<String, Integer> atoms, Rational factor) {
        Rational total = sum.getOrDefault(atoms, Rational.ZERO).plus(factor);
        if (total.bits() > MOST_BITS) {
            throw new ArithmeticException("too large a number");
        }
        if (total.isZero()) {
            sum.remove(atoms);
        } else {
            sum.put(atoms, total);
        }
    }

    private static Polynomial bounded(Map<SortedMap<String, Integer>, Rational> terms) {
        if (terms.size() > MOST_TERMS) {
            throw new ArithmeticException("too many terms");
        }
        return new Polynomial(terms);
    }
}
