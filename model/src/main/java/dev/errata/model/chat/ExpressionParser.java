package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.List;

/** Parses expressions with jinja's precedence: a filter binds tighter than any operator but a postfix. */
final class ExpressionParser {
    private final TokenStream in;

    ExpressionParser(TokenStream in) {
        this.in = in;
    }

    /** An expression, or several with commas between them, which make a list. */
    Expression expressionOrTuple() {
        Expression first = expression();
        if (!in.isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (in.takeOperator(",") && !endsTuple()) {
            elements.add(expression());
        }
        return new Expression.TupleLiteral(elements);
    }

    private boolean endsTuple() {
        return in.is(Token.Kind.VARIABLE_END) || in.is(Token.Kind.BLOCK_END) || in.isOperator(")");
    }

    Expression expression() {
        in.enter();
        Expression value = or();
        while (in.takeName("if")) {
            Expression condition = or();
            Expression otherwise = in.takeName("else") ? expression() : null;
            value = new Expression.Conditional(condition, value, otherwise);
        }
        in.leave();
        return value;
    }

    /** An expression without an inline if, as after {@code for … in}. */
    Expression or() {
        Expression left = and();
        while (in.takeName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (in.takeName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!in.isName("not")) {
            return comparison();
        }
        in.enter();
        in.next();
        Expression operand = not();
        in.leave();
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Comparison.Step> steps = new ArrayList<>();
        while (true) {
            String operator = comparisonOperator();
            if (operator == null) {
                return steps.isEmpty() ? first : new Expression.Comparison(first, steps);
            }
            steps.add(new Expression.Comparison.Step(operator, sum()));
        }
    }

    private String comparisonOperator() {
        Token token = in.peek();
        if (token.kind() == Token.Kind.OPERATOR) {
            return switch (token.text()) {
                case "==", "!=", "<", "<=", ">", ">=" -> in.next().text();
                default -> null;
            };
        }
        if (in.takeName("in")) {
            return "in";
        }
        if (token.isName("not") && in.lookAhead().isName("in")) {
            in.next();
            in.next();
            return "not in";
        }
        return null;
    }

    private Expression sum() {
        Expression left = concatenation();
        while (in.isOperator("+") || in.isOperator("-")) {
            left = new Expression.Binary(in.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (in.isOperator("~")) {
            left = new Expression.Binary(in.next().text(), left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (in.isOperator("*") || in.isOperator("/") || in.isOperator("//") || in.isOperator("%")) {
            left = new Expression.Binary(in.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (in.isOperator("**")) {
            left = new Expression.Binary(in.next().text(), left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Expression value;
        if (in.isOperator("-") || in.isOperator("+")) {
            in.enter();
            boolean negative = in.next().text().equals("-");
            value = new Expression.Sign(negative, unary(false));
            in.leave();
        } else {
            value = postfix(primary());
        }
        return withFilters ? filtersAndTests(value) : value;
    }

    private Expression primary() {
        Token token = in.next();
        return switch (token.kind()) {
            case NAME -> named(token.text());
            case STRING -> {
                StringBuilder joined = new StringBuilder(token.text());
                while (in.is(Token.Kind.STRING)) {
                    joined.append(in.next().text());
                }
                yield new Expression.Literal(joined.toString());
            }
            case INTEGER -> integer(token);
            case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
            case OPERATOR -> bracketed(token);
            default -> throw new ParseFailure("a value expected, not " + token.shown(), token.line());
        };
    }

    private static Expression named(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(null);
            default -> new Expression.Name(name);
        };
    }

    private static Expression integer(Token token) {
        try {
            return new Expression.Literal(Long.parseLong(token.text()));
        } catch (NumberFormatException e) {
            throw new ParseFailure("the number " + token.text() + " is too large", token.line());
        }
    }

    private Expression bracketed(Token token) {
        return switch (token.text()) {
            case "(" -> {
                if (in.takeOperator(")")) {
                    yield new Expression.TupleLiteral(List.of());
                }
                Expression inside = expressionOrTuple();
                in.expectOperator(")");
                yield inside;
            }
            case "[" -> {
                List<Expression> elements = new ArrayList<>();
                while (!in.takeOperator("]")) {
                    elements.add(expression());
                    if (!in.isOperator("]")) {
                        in.expectOperator(",");
                    }
                }
                yield new Expression.ListLiteral(elements);
            }
            case "{" -> {
                List<Expression.MapLiteral.Entry> entries = new ArrayList<>();
                while (!in.takeOperator("}")) {
                    Expression key = expression();
                    in.expectOperator(":");
                    entries.add(new Expression.MapLiteral.Entry(key, expression()));
                    if (!in.isOperator("}")) {
                        in.expectOperator(",");
                    }
                }
                yield new Expression.MapLiteral(entries);
            }
            default -> throw new ParseFailure("a value expected, not " + token.shown(), token.line());
        };
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            int line = in.line();
            if (in.takeOperator(".")) {
                Token name = in.next();
                value = switch (name.kind()) {
                    case NAME -> new Expression.Attribute(value, name.text());
                    case INTEGER -> new Expression.Item(value, integer(name));
                    default -> throw new ParseFailure("a name expected, not " + name.shown(), name.line());
                };
            } else if (in.takeOperator("[")) {
                value = subscript(value);
            } else if (in.takeOperator("(")) {
                value = new Expression.Call(value, argumentsAfterBracket(), line);
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression target) {
        Expression from = in.isOperator(":") ? null : expression();
        if (in.takeOperator("]")) {
            return new Expression.Item(target, from);
        }
        in.expectOperator(":");
        Expression to = in.isOperator(":") || in.isOperator("]") ? null : expression();
        Expression step = in.takeOperator(":") && !in.isOperator("]") ? expression() : null;
        in.expectOperator("]");
        return new Expression.Slice(target, from, to, step);
    }

    private Expression.Arguments argumentsAfterBracket() {
        List<Expression> positional = new ArrayList<>();
        List<Expression.Arguments.Named> named = new ArrayList<>();
        while (!in.takeOperator(")")) {
            if (in.isOperator("*") || in.isOperator("**")) {
                throw in.failure("arguments with * aren't supported");
            }
            if (in.is(Token.Kind.NAME) && in.lookAhead().isOperator("=")) {
                String name = in.next().text();
                in.next();
                named.add(new Expression.Arguments.Named(name, expression()));
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw in.failure("a named argument expected, not " + in.peek().shown());
            }
            if (!in.isOperator(")")) {
                in.expectOperator(",");
            }
        }
        return new Expression.Arguments(positional, named);
    }

    private Expression filtersAndTests(Expression start) {
        Expression value = start;
        while (true) {
            if (in.isOperator("|")) {
                value = filter(value);
            } else if (in.isName("is")) {
                value = test(value);
            } else if (in.isOperator("(")) {
                int line = in.next().line();
                value = new Expression.Call(value, argumentsAfterBracket(), line);
            } else {
                return value;
            }
        }
    }

    private Expression.Filter filter(Expression value) {
        in.expectOperator("|");
        return namedFilter(value);
    }

    private Expression.Filter namedFilter(Expression value) {
        int line = in.line();
        String name = in.expectAnyName();
        Expression.Arguments arguments = in.takeOperator("(") ? argumentsAfterBracket() : Expression.Arguments.NONE;
        if (!Filters.has(name)) {
            throw new ParseFailure("the filter " + name + " isn't supported", line);
        }
        return new Expression.Filter(value, name, arguments, line);
    }

    /** {@code name | name …}, applied in this order; {@code pipeFirst} when a pipe stands before the first name too. */
    List<Expression.Filter> filterChain(boolean pipeFirst) {
        List<Expression.Filter> filters = new ArrayList<>();
        if (!pipeFirst) {
            filters.add(namedFilter(new Expression.Literal(null)));
        }
        while (in.isOperator("|")) {
            filters.add(filter(new Expression.Literal(null)));
        }
        return filters;
    }

    private Expression test(Expression value) {
        int line = in.next().line();
        boolean negated = in.takeName("not");
        String name = in.expectAnyName();
        if (!Tests.has(name)) {
            throw new ParseFailure("the test " + name + " isn't supported", line);
        }
        Expression.Arguments arguments = Expression.Arguments.NONE;
        if (in.takeOperator("(")) {
            arguments = argumentsAfterBracket();
        } else if (startsTestArgument()) {
            arguments = new Expression.Arguments(List.of(postfix(primary())), List.of());
        }
        Expression test = new Expression.Test(value, name, arguments, line);
        return negated ? new Expression.Not(test) : test;
    }

    private boolean startsTestArgument() {
        Token token = in.peek();
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case NAME ->
                switch (token.text()) {
                    case "else", "or", "and", "if", "in", "is", "not" -> false;
                    default -> true;
                };
            default -> false;
        };
    }
}
