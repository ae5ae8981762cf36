package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a computation makes of the numbers that a problem gives, multiplied out: a sum of products. Given numbers are
 * symbols, so that {@code 16 - (3 + 4)} and {@code 16 - 3 - 4} are the same and {@code 2 * 6} isn't {@code 3 * 4}. The
 * numbers 1, 2 and 100 are plain factors, as {@code a + a} and {@code a * 2}, {@code 20 %} and {@code 20 / 100} mean the
 * same.
 */
record Form(SortedMap<SortedMap<String, Integer>, Rational> terms) {
    private static final int MOST_TERMS = 64;
    private static final Rational TWO = Rational.of(2);
    private static final Rational HUNDRED = Rational.of(100);
    private static final java.util.Comparator<SortedMap<String, Integer>> ORDER =
            java.util.Comparator.comparing(Object::toString);

    /** A given number. */
    static Form given(Rational value) {
        return value.equals(Rational.ONE) || value.equals(TWO) || value.equals(HUNDRED)
                ? plain(value)
                : symbol(value.toString());
    }

    /** A number that is a symbol, whatever it is. */
    static Form symbol(String name) {
        return of(new TreeMap<>(Map.of(name, 1)), Rational.ONE);
    }

    /** A number that is a factor. */
    static Form plain(Rational value) {
        return of(new TreeMap<>(), value);
    }

    private static Form of(SortedMap<String, Integer> product, Rational factor) {
        SortedMap<SortedMap<String, Integer>, Rational> terms = new TreeMap<>(ORDER);
        if (!factor.isZero()) {
            terms.put(product, factor);
        }
        return new Form(terms);
    }

    Form negate() {
        SortedMap<SortedMap<String, Integer>, Rational> negated = new TreeMap<>(ORDER);
        terms.forEach((product, factor) -> negated.put(product, factor.negate()));
        return new Form(negated);
    }

    /** Empty where it would be too large. */
    Optional<Form> plus(Form other) {
        SortedMap<SortedMap<String, Integer>, Rational> sum = new TreeMap<>(ORDER);
        sum.putAll(terms);
        other.terms.forEach((product, factor) -> add(sum, product, factor));
        return bounded(sum);
    }

    /** Empty where it would be too large. */
    Optional<Form> times(Form other) {
        SortedMap<SortedMap<String, Integer>, Rational> products = new TreeMap<>(ORDER);
        if ((long) terms.size() * other.terms.size() > MOST_TERMS) {
            return Optional.empty();
        }
        terms.forEach((one, factor) ->
                other.terms.forEach((two, second) -> add(products, product(one, two, 1), factor.times(second))));
        return bounded(products);
    }

    /** Empty where it would divide by 0 or be too large. A divisor of several terms is a symbol of its own. */
    Optional<Form> over(Form other) {
        if (other.terms.isEmpty()) {
            return Optional.empty();
        }
        if (other.terms.size() == 1) {
            SortedMap<String, Integer> one = other.terms.firstKey();
            Rational factor = other.terms.get(one);
            SortedMap<SortedMap<String, Integer>, Rational> quotients = new TreeMap<>(ORDER);
            terms.forEach((product, own) -> add(quotients, product(product, one, -1), own.over(factor)));
            return bounded(quotients);
        }
        if (terms.equals(other.terms)) {
            return Optional.of(plain(Rational.ONE));
        }
        return times(of(new TreeMap<>(Map.of("(" + other.terms + ")", -1)), Rational.ONE));
    }

    private static void add(
            SortedMap<SortedMap<String, Integer>, Rational> to, SortedMap<String, Integer> product, Rational factor) {
        Rational sum = to.getOrDefault(product, Rational.ZERO).plus(factor);
        if (sum.isZero()) {
            to.remove(product);
        } else {
            to.put(product, sum);
        }
    }

    private static SortedMap<String, Integer> product(
            SortedMap<String, Integer> one, SortedMap<String, Integer> other, int sign) {
        SortedMap<String, Integer> product = new TreeMap<>(one);
        other.forEach((symbol, power) -> {
            int sum = product.getOrDefault(symbol, 0) + sign * power;
            if (sum == 0) {
                product.remove(symbol);
            } else {
                product.put(symbol, sum);
            }
        });
        return product;
    }

    private static Optional<Form> bounded(SortedMap<SortedMap<String, Integer>, Rational> terms) {
        return terms.size() > MOST_TERMS || terms.values().stream().anyMatch(factor -> factor.bits() > 500)
                ? Optional.empty()
                : Optional.of(new Form(terms));
    }

    /**
     * Whether it may be worked out on the way to the other form: some of the other's terms are its own times one product,
     * as {@code a + b} and {@code a * c} are on the way to {@code a * c + b * c}.
     */
    boolean isPartOf(Form whole) {
        if (terms.isEmpty() || terms.size() > whole.terms.size()) {
            return false;
        }
        SortedMap<String, Integer> first = terms.firstKey();
        return whole.terms.keySet().stream().anyMatch(product -> fitsBy(product(product, first, -1), whole));
    }

    private boolean fitsBy(SortedMap<String, Integer> ratio, Form whole) {
        Rational scale = null;
        for (Map.Entry<SortedMap<String, Integer>, Rational> term : terms.entrySet()) {
            SortedMap<String, Integer> product = product(term.getKey(), ratio, 1);
            Rational there = whole.terms.get(product);
            if (there == null || !holds(product, term.getKey())) {
                return false;
            }
            Rational factor = there.over(term.getValue());
            if (terms.size() == 1) {
                return isPartOf(term.getValue(), there);
            }
            if (scale != null && !scale.equals(factor)) {
                return false;
            }
            scale = factor;
        }
        return terms.values().stream().allMatch(factor -> isUnit(factor)) || isUnit(scale);
    }

    private static boolean isUnit(Rational factor) {
        return factor.equals(Rational.ONE) || factor.negate().equals(Rational.ONE);
    }

    /** Whether the smaller factor may be a part of the larger, in a sum or in a product of plain factors. */
    private static boolean isPartOf(Rational smaller, Rational larger) {
        if (isUnit(smaller)) {
            return true;
        }
        BigInteger small = smaller.numerator().abs();
        BigInteger large = larger.numerator().abs();
        boolean inSum = smaller.isInteger() && larger.isInteger() && small.compareTo(large) <= 0;
        return inSum || (isMultiple(large, small) && isMultiple(larger.denominator(), smaller.denominator()));
    }

    private static boolean isMultiple(BigInteger of, BigInteger part) {
        return of.mod(part).signum() == 0;
    }

    /** Whether the larger product has every symbol of the smaller at least as often, on the same side of the fraction bar. */
    private static boolean holds(SortedMap<String, Integer> larger, SortedMap<String, Integer> smaller) {
        return smaller.entrySet().stream().allMatch(each -> {
            int there = larger.getOrDefault(each.getKey(), 0);
            return each.getValue() > 0 ? there >= each.getValue() : there <= each.getValue();
        });
    }
}
