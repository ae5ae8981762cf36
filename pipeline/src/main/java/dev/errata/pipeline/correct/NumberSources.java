package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Where the numbers of a computation can come from: the question, what everybody knows, computations before it. */
final class NumberSources {
    /** Ways to read an expression that are tried: a number may have been given as well as computed. */
    private static final int MOST_READINGS = 48;

    private static final Rational HUNDRED = Rational.of(100);

    /** Parts of days, weeks, years, dozens, hours, percent and kilos: no question needs to give them. */
    private static final Set<Rational> COMMON = Stream.of(1, 2, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000)
            .map(Rational::of)
            .collect(java.util.stream.Collectors.toUnmodifiableSet());

    private final Set<Rational> given;

    /** @param given the numbers of the question, and those that only the annotation brings in */
    NumberSources(Set<Rational> given) {
        this.given = given;
    }

    boolean gives(Rational value) {
        return given.contains(value);
    }

    /** Whether it is a percentage, a reciprocal or the like of a number that is given. */
    boolean derives(Rational value) {
        return derived(value).isPresent();
    }

    boolean knows(Rational value) {
        return gives(value) || COMMON.contains(value) || derives(value);
    }

    /** The form of a number that nothing before it computes. */
    Form form(Rational value) {
        return gives(value) ? Form.given(value) : derived(value).orElseGet(() -> Form.given(value));
    }

    /** A percentage, a reciprocal, or one plus or minus a percentage of what is given. */
    private Optional<Form> derived(Rational value) {
        if (value.isZero() || gives(value)) {
            return Optional.empty();
        }
        Rational percent = value.times(HUNDRED);
        if (!value.isInteger() && gives(percent)) {
            return Form.given(percent).over(Form.plain(HUNDRED));
        }
        for (Rational rest : List.of(percent.minus(HUNDRED), HUNDRED.minus(percent))) {
            if (!value.isInteger() && gives(rest)) {
                boolean more = percent.compareTo(HUNDRED) > 0;
                return Form.given(rest)
                        .over(Form.plain(HUNDRED))
                        .flatMap(part -> Form.plain(Rational.ONE).plus(more ? part : part.negate()));
            }
        }
        Rational reciprocal = Rational.ONE.over(value);
        if (!value.isInteger() && reciprocal.isInteger()) {
            return Form.plain(Rational.ONE).over(Form.given(reciprocal));
        }
        if (value.isInteger() && gives(HUNDRED.over(value))) {
            return Form.plain(HUNDRED).over(Form.given(HUNDRED.over(value)));
        }
        return Optional.empty();
    }

    /** The different forms of an expression when each of its numbers is read in each of the ways given, the likeliest first. */
    static List<Form> readings(ArithmeticExpression expression, List<List<Form>> ways) {
        Set<Form> forms = new LinkedHashSet<>();
        int readings = 1;
        for (List<Form> each : ways) {
            readings = Math.min(MOST_READINGS, readings * each.size());
        }
        for (int reading = 0; reading < readings; reading++) {
            List<Form> chosen = new ArrayList<>();
            int rest = reading;
            for (List<Form> each : ways) {
                chosen.add(each.get(rest % each.size()));
                rest /= each.size();
            }
            expression.form(chosen).ifPresent(forms::add);
        }
        return List.copyOf(forms);
    }

    /** The form in which every number but 1 is a symbol: equal for {@code 3 * 5} and {@code 5 * 3}. */
    static Optional<Form> written(ArithmeticExpression expression) {
        List<Form> symbols = expression.numbers().stream()
                .map(number -> number.equals(Rational.ONE) ? Form.plain(number) : Form.symbol(number.toString()))
                .toList();
        return expression.form(symbols);
    }
}
