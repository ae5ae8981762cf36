package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An arithmetic expression as a tree, so that each of its numbers can be asked where it comes from. */
sealed interface ArithmeticExpression {
    /**
     * A number.
     *
     * @param index which number of the expression it is, from 0, left to right
     */
    record Literal(int index, Rational value) implements ArithmeticExpression {}

    /** One of {@code + - * /} between two expressions. */
    record Operation(char operator, ArithmeticExpression left, ArithmeticExpression right)
            implements ArithmeticExpression {}

    /** A minus sign before an expression. */
    record Negative(ArithmeticExpression of) implements ArithmeticExpression {}

    /** The tree of a text of numbers, {@code + - * /} and parentheses; empty for any other text. */
    static Optional<ArithmeticExpression> of(String text) {
        return Parser.parse(text);
    }

    /** Its numbers, by index. */
    default List<Rational> numbers() {
        List<Rational> numbers = new ArrayList<>();
        collect(this, numbers);
        return numbers;
    }

    private static void collect(ArithmeticExpression expression, List<Rational> into) {
        switch (expression) {
            case Literal literal -> into.add(literal.value());
            case Negative negative -> collect(negative.of(), into);
            case Operation operation -> {
                collect(operation.left(), into);
                collect(operation.right(), into);
            }
        }
    }

    /** What it comes to when each number is the form given for its index; empty where it divides by 0 or grows too large. */
    default Optional<Form> form(List<Form> numbers) {
        return switch (this) {
            case Literal literal -> Optional.of(numbers.get(literal.index()));
            case Negative negative -> negative.of().form(numbers).map(Form::negate);
            case Operation(char operator, ArithmeticExpression left, ArithmeticExpression right) ->
                left.form(numbers)
                        .flatMap(one -> right.form(numbers).flatMap(other -> switch (operator) {
                            case '+' -> one.plus(other);
                            case '-' -> one.plus(other.negate());
                            case '*' -> one.times(other);
                            default -> one.over(other);
                        }));
        };
    }

    /** Recursive descent over tokens; depth is bounded by the length of what a step holds. */
    final class Parser {
        private static final int MOST_TOKENS = 120;
        private static final Pattern TOKEN = Pattern.compile("\\s*+(?:(\\d++(?:\\.\\d++)?+|\\.\\d++)|([-+*/()]))");

        private final List<String> tokens;
        private int at;
        private int numbers;

        private Parser(List<String> tokens) {
            this.tokens = tokens;
        }

        private static Optional<ArithmeticExpression> parse(String text) {
            List<String> tokens = new ArrayList<>();
            Matcher token = TOKEN.matcher(text.strip());
            int end = 0;
            while (token.lookingAt()) {
                tokens.add(token.group().strip());
                end = token.end();
                token.region(end, token.regionEnd());
            }
            if (end != text.strip().length() || tokens.isEmpty() || tokens.size() > MOST_TOKENS) {
                return Optional.empty();
            }
            Parser parser = new Parser(tokens);
            ArithmeticExpression sum = parser.sum();
            return sum != null && parser.at == tokens.size() ? Optional.of(sum) : Optional.empty();
        }

        private boolean takes(String one, String other) {
            boolean found = at < tokens.size()
                    && (tokens.get(at).equals(one) || tokens.get(at).equals(other));
            at += found ? 1 : 0;
            return found;
        }

        private ArithmeticExpression sum() {
            ArithmeticExpression left = product();
            while (left != null && takes("+", "-")) {
                char operator = tokens.get(at - 1).charAt(0);
                ArithmeticExpression right = product();
                left = right == null ? null : new Operation(operator, left, right);
            }
            return left;
        }

        private ArithmeticExpression product() {
            ArithmeticExpression left = atom();
            while (left != null && takes("*", "/")) {
                char operator = tokens.get(at - 1).charAt(0);
                ArithmeticExpression right = atom();
                left = right == null ? null : new Operation(operator, left, right);
            }
            return left;
        }

        /** Null where none stands. */
        private ArithmeticExpression atom() {
            if (at == tokens.size()) {
                return null;
            }
            if (takes("-", "-")) {
                ArithmeticExpression of = atom();
                return of == null ? null : new Negative(of);
            }
            if (takes("(", "(")) {
                ArithmeticExpression inner = sum();
                return inner != null && takes(")", ")") ? inner : null;
            }
            Optional<Rational> value = Rational.parse(tokens.get(at));
            if (value.isEmpty()) {
                return null;
            }
            at++;
            return new Literal(numbers++, value.get());
        }
    }
}
