package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds numbers and equations in a step that is written in plain words, with units and currency between the numbers. */
final class EquationReader {
    private enum Kind {
        NUMBER,
        OPERATOR,
        EQUALS,
        WORD,
        OTHER
    }

    private record Token(Kind kind, String text) {
        boolean is(Kind wanted) {
            return kind == wanted;
        }
    }

    /** Units that may stand between a number and the operator or the equals sign after it. */
    private static final int MOST_WORDS = 4;

    private static final int LONGEST = 4000;

    private static final Pattern TOKEN = Pattern.compile(
            "(?<number>(?:\\d{1,3}(?:,\\d{3})++(?!\\d)|\\d++)(?:\\.\\d++)?+%?|\\.\\d++%?)"
                    + "|(?<word>[\\p{L}][\\p{L}'’/-]*+)"
                    + "|(?<equals>=)|(?<operator>[-+*/()×÷−–·])|(?<skip>[$£€\\s]++)|(?<other>.)",
            Pattern.DOTALL);

    private static final Set<String> SAYS_EQUALS = Set.of("is", "are", "equals", "makes", "gives", "leaves");

    private static final Map<String, String> SPOKEN =
            Map.of("plus", "+", "minus", "-", "times", "*", "multiplied by", "*", "divided by", "/");

    private EquationReader() {}

    /** The equations of a step in their order; empty for a step that states none. */
    static List<Equation> equations(String step) {
        List<Token> tokens = tokens(step);
        List<Equation> found = new ArrayList<>();
        for (int at = 0; at < tokens.size(); at++) {
            if (tokens.get(at).is(Kind.EQUALS)) {
                equation(tokens, at).ifPresent(found::add);
            }
        }
        return found;
    }

    /** The numbers of a step in their order. */
    static List<Rational> numbers(String step) {
        return tokens(step).stream()
                .filter(token -> token.is(Kind.NUMBER))
                .flatMap(token -> value(token).stream())
                .toList();
    }

    private static Optional<Equation> equation(List<Token> tokens, int equals) {
        boolean sign = tokens.get(equals).text().equals("=");
        List<Token> left = leftOf(tokens, equals);
        int right = equals + 1;
        boolean negative = right < tokens.size() && isMinus(tokens.get(right));
        right += negative ? 1 : 0;
        if (right >= tokens.size() || !tokens.get(right).is(Kind.NUMBER)) {
            return Optional.empty();
        }
        List<Rational> operands = operands(left);
        if (operands.size() < 2 && sign && continues(tokens, right)) {
            return turned(tokens, equals, operands);
        }
        if (operands.size() < 2 && !sign) {
            return Optional.empty();
        }
        Token stated = tokens.get(right);
        return value(stated)
                .map(value -> new Equation(
                        operands.size() < 2 ? "" : shown(left),
                        operands.size() < 2 ? List.of() : operands,
                        negative ? value.negate() : value,
                        decimals(stated)));
    }

    /** {@code total = 3 + 4}: the computation stands on the right and no value after it. */
    private static Optional<Equation> turned(List<Token> tokens, int equals, List<Rational> left) {
        List<Token> right = new ArrayList<>();
        for (int at = equals + 1; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            if (token.is(Kind.EQUALS)) {
                return Optional.empty();
            }
            if (token.is(Kind.OTHER)) {
                break;
            }
            if (!token.is(Kind.WORD)) {
                right.add(token);
            }
        }
        Equation open = new Equation(shown(right), operands(right), Rational.ZERO, 0);
        Optional<Rational> value = left.isEmpty() ? open.computed() : Optional.of(left.getFirst());
        return value.map(stated -> new Equation(open.expression(), open.operands(), stated, 0));
    }

    /** Whether an operator follows the number: then it is no value yet. */
    private static boolean continues(List<Token> tokens, int number) {
        int at = number + 1;
        for (int words = 0;
                at < tokens.size() && words < MOST_WORDS && tokens.get(at).is(Kind.WORD);
                words++) {
            at++;
        }
        return at + 1 < tokens.size()
                && tokens.get(at).is(Kind.OPERATOR)
                && !tokens.get(at).text().equals(")")
                && (tokens.get(at + 1).is(Kind.NUMBER)
                        || tokens.get(at + 1).text().equals("("));
    }

    /** The expression that ends before the equals sign, its units left out. */
    private static List<Token> leftOf(List<Token> tokens, int equals) {
        List<Token> reversed = new ArrayList<>();
        boolean wantsNumber = true;
        int words = 0;
        for (int at = equals - 1; at >= 0; at--) {
            Token token = tokens.get(at);
            boolean opens = token.text().equals("(");
            boolean closes = token.text().equals(")");
            if (token.is(Kind.WORD) && wantsNumber && ++words <= MOST_WORDS) {
                continue;
            }
            boolean fits = wantsNumber ? token.is(Kind.NUMBER) || closes : token.is(Kind.OPERATOR) && !closes;
            if (!fits) {
                break;
            }
            reversed.add(token);
            words = 0;
            wantsNumber = wantsNumber ? closes : !opens;
        }
        // An operator without a number before it: a sign or a variable, so no plain arithmetic.
        boolean open = !reversed.isEmpty() && reversed.getLast().is(Kind.OPERATOR) && !isOpening(reversed.getLast());
        return open ? List.of() : balanced(reversed.reversed());
    }

    /** Without parentheses at the start that the expression doesn't close. */
    private static List<Token> balanced(List<Token> tokens) {
        long open = tokens.stream().filter(EquationReader::isOpening).count();
        long closed = tokens.stream().filter(token -> token.text().equals(")")).count();
        int start = 0;
        while (open > closed && start < tokens.size() && isOpening(tokens.get(start))) {
            start++;
            open--;
        }
        return tokens.subList(start, tokens.size());
    }

    private static boolean isOpening(Token token) {
        return token.text().equals("(");
    }

    private static boolean isMinus(Token token) {
        return token.is(Kind.OPERATOR) && token.text().equals("-");
    }

    private static List<Rational> operands(List<Token> tokens) {
        return tokens.stream()
                .filter(token -> token.is(Kind.NUMBER))
                .flatMap(token -> value(token).stream())
                .toList();
    }

    private static String shown(List<Token> tokens) {
        StringBuilder text = new StringBuilder();
        for (Token token : tokens) {
            String part = token.text().endsWith("%") ? "(" + token.text().replace("%", "") + " / 100)" : token.text();
            boolean tight = text.isEmpty() || text.charAt(text.length() - 1) == '(' || part.equals(")");
            text.append(tight ? "" : " ").append(part);
        }
        return text.toString();
    }

    private static Optional<Rational> value(Token number) {
        return Rational.parse(number.text().replace("%", ""));
    }

    private static int decimals(Token number) {
        int point = number.text().indexOf('.');
        return point < 0 ? 0 : number.text().replace("%", "").length() - point - 1;
    }

    private static List<Token> tokens(String step) {
        List<Token> tokens = new ArrayList<>();
        Matcher found = TOKEN.matcher(step.length() > LONGEST ? step.substring(0, LONGEST) : step);
        while (found.find()) {
            String text = found.group();
            if (found.group("number") != null) {
                tokens.add(new Token(Kind.NUMBER, text.replace(",", "")));
            } else if (found.group("word") != null) {
                tokens.add(word(text, tokens));
            } else if (found.group("equals") != null) {
                tokens.add(new Token(Kind.EQUALS, text));
            } else if (found.group("operator") != null) {
                tokens.add(new Token(Kind.OPERATOR, operator(text)));
            } else if (found.group("skip") == null) {
                tokens.add(new Token(Kind.OTHER, text));
            }
        }
        return spokenOperators(tokens);
    }

    /** {@code 3 times 4} and {@code 12 divided by 3} in signs; {@code 3 times a week} stays. */
    private static List<Token> spokenOperators(List<Token> tokens) {
        List<Token> read = new ArrayList<>();
        for (int at = 0; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            boolean by = at + 1 < tokens.size() && tokens.get(at + 1).text().equals("by");
            String sign = token.is(Kind.WORD) ? SPOKEN.get(by ? token.text() + " by" : token.text()) : null;
            int next = by ? at + 2 : at + 1;
            boolean between = sign != null
                    && !read.isEmpty()
                    && read.getLast().is(Kind.NUMBER)
                    && next < tokens.size()
                    && tokens.get(next).is(Kind.NUMBER);
            read.add(between ? new Token(Kind.OPERATOR, sign) : token);
            at = between ? next - 1 : at;
        }
        return read;
    }

    /** A word, or what it says in figures: {@code of} multiplies right after a number, as in {@code 20% of 50}. */
    private static Token word(String text, List<Token> before) {
        boolean part =
                text.equals("of") && !before.isEmpty() && before.getLast().is(Kind.NUMBER);
        if (text.equals("x") || text.equals("X") || part) {
            return new Token(Kind.OPERATOR, "*");
        }
        return new Token(SAYS_EQUALS.contains(text) ? Kind.EQUALS : Kind.WORD, text);
    }

    private static String operator(String text) {
        return switch (text) {
            case "×", "·" -> "*";
            case "÷" -> "/";
            case "−", "–" -> "-";
            default -> text;
        };
    }
}
