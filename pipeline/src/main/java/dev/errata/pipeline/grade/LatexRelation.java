package dev.errata.pipeline.grade;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A comparison or a chain of them, {@code 1 < x \\le 3}, from the smaller to the larger. Two are the same when their members
 * are, or when their differences are up to a factor that turns no sign.
 *
 * @param signs between the members: {@code <}, {@code \\le} or {@code \\ne}
 */
record LatexRelation(List<String> members, List<String> signs) {
    private static final Pattern SIGN = Pattern.compile("\\\\(?:le|ge|ne)(?![a-zA-Z])|[<>]");

    /** Whether a comparison stands in the form. */
    static boolean isIn(String form) {
        return SIGN.matcher(form).find();
    }

    /** Reads a form; empty where its comparisons point both ways. */
    static Optional<LatexRelation> of(String form) {
        List<String> members = new ArrayList<>();
        List<String> signs = new ArrayList<>();
        Matcher found = SIGN.matcher(form);
        int start = 0;
        while (found.find()) {
            members.add(form.substring(start, found.start()).strip());
            signs.add(found.group());
            start = found.end();
        }
        members.add(form.substring(start).strip());
        boolean downward = signs.stream().anyMatch(sign -> sign.equals(">") || sign.equals("\\ge"));
        boolean upward = signs.stream().anyMatch(sign -> sign.equals("<") || sign.equals("\\le"));
        if ((downward && upward) || members.stream().anyMatch(String::isEmpty)) {
            return Optional.empty();
        }
        return Optional.of(
                downward
                        ? new LatexRelation(
                                members.reversed(),
                                signs.reversed().stream()
                                        .map(LatexRelation::turned)
                                        .toList())
                        : new LatexRelation(members, signs));
    }

    private static String turned(String sign) {
        return switch (sign) {
            case ">" -> "<";
            case "\\ge" -> "\\le";
            default -> sign;
        };
    }

    /** Whether this says what the other does; {@code same} compares members. */
    boolean sameAs(LatexRelation other, BiPredicate<String, String> same) {
        if (!signs.equals(other.signs)) {
            return false;
        }
        boolean members = sameMembers(this.members, other.members, same);
        if (members || signs.size() != 1) {
            return members;
        }
        boolean either = signs.getFirst().equals("\\ne");
        return (either && sameMembers(this.members.reversed(), other.members, same))
                || factor(this.members, other.members)
                        .filter(found -> either || found.numerator().signum() > 0)
                        .isPresent();
    }

    private static boolean sameMembers(List<String> one, List<String> two, BiPredicate<String, String> same) {
        for (int i = 0; i < one.size(); i++) {
            if (!same.test(one.get(i), two.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether two equations, of two sides each, are the same up to a factor. */
    static boolean sameEquation(List<String> one, List<String> two) {
        return factor(one, two)
                .filter(found -> !found.numerator().equals(BigInteger.ZERO))
                .isPresent();
    }

    /** What the difference of the second's sides has to be multiplied by to give that of the first's. */
    private static Optional<Rational> factor(List<String> one, List<String> two) {
        try {
            Optional<Quotient> first = difference(one);
            Optional<Quotient> second = difference(two);
            return first.isPresent() && second.isPresent()
                    ? Optional.ofNullable(first.get().factorOf(second.get()))
                    : Optional.empty();
        } catch (ArithmeticException tooLarge) {
            return Optional.empty();
        }
    }

    private static Optional<Quotient> difference(List<String> sides) {
        Optional<Quotient> right = LatexExpression.parse(sides.getLast());
        return LatexExpression.parse(sides.getFirst()).flatMap(left -> right.map(found -> left.plus(found.negate())));
    }
}
