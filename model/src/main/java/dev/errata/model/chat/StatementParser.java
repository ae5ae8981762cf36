package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Parses the statements of a template. */
final class StatementParser {
    private final TokenStream in;
    private final ExpressionParser expressions;
    private int loops;

    private StatementParser(TokenStream in) {
        this.in = in;
        expressions = new ExpressionParser(in);
    }

    static List<Statement> parse(String source) {
        return new StatementParser(new TokenStream(Lexer.tokens(source))).body();
    }

    /** Statements up to one of the given tags, whose beginning and name are taken, or up to the template's end. */
    private List<Statement> body(String... ends) {
        int begin = in.line();
        in.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = in.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Text(token.text()));
                case VARIABLE_BEGIN -> {
                    statements.add(new Statement.Output(expressions.expressionOrTuple(), token.line()));
                    in.expect(Token.Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (in.is(Token.Kind.NAME)
                            && Arrays.asList(ends).contains(in.peek().text())) {
                        in.leave();
                        return statements;
                    }
                    statements.add(statement());
                }
                default -> {
                    if (ends.length > 0) {
                        throw new ParseFailure("no '" + ends[ends.length - 1] + "' to the tag here", begin);
                    }
                    in.leave();
                    return statements;
                }
            }
        }
    }

    private List<Statement> bodyThenEnd(String end) {
        closeTag();
        List<Statement> body = body(end);
        in.next();
        closeTag();
        return body;
    }

    private void closeTag() {
        in.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    private Statement statement() {
        Token token = in.expect(Token.Kind.NAME, "a tag's name");
        return switch (token.text()) {
            case "if" -> ifStatement(token.line());
            case "for" -> forStatement(token.line());
            case "set" -> set(token.line());
            case "macro" -> macro();
            case "call" -> callBlock(token.line());
            case "filter" -> {
                List<Expression.Filter> filters = expressions.filterChain(false);
                yield new Statement.FilterBlock(filters, bodyThenEnd("endfilter"), token.line());
            }
            case "with" -> new Statement.Block(withVariables(), bodyThenEnd("endwith"));
            case "generation" -> new Statement.Block(List.of(), bodyThenEnd("endgeneration"));
            case "break" -> loopControl(token, new Statement.Break());
            case "continue" -> loopControl(token, new Statement.Continue());
            default -> throw new ParseFailure("the tag '" + token.text() + "' isn't supported", token.line());
        };
    }

    private Statement loopControl(Token token, Statement statement) {
        if (loops == 0) {
            throw new ParseFailure("'" + token.text() + "' outside of a loop", token.line());
        }
        closeTag();
        return statement;
    }

    private Statement ifStatement(int line) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        int branchLine = line;
        while (true) {
            Expression condition = expressions.expressionOrTuple();
            closeTag();
            branches.add(new Statement.If.Branch(condition, body("elif", "else", "endif"), branchLine));
            branchLine = in.line();
            String tag = in.next().text();
            if (tag.equals("else")) {
                otherwise = bodyThenEnd("endif");
                break;
            }
            if (tag.equals("endif")) {
                closeTag();
                break;
            }
        }
        return new Statement.If(branches, otherwise);
    }

    private Statement forStatement(int line) {
        Statement.Target target = target(false);
        in.expectName("in");
        Expression iterable = expressions.or();
        if (in.isOperator(",")) {
            throw in.failure("a loop over several values isn't supported");
        }
        Expression filter = in.takeName("if") ? expressions.expression() : null;
        boolean recursive = in.takeName("recursive");
        closeTag();
        loops++;
        List<Statement> body = body("else", "endfor");
        loops--;
        List<Statement> otherwise = List.of();
        if (in.next().text().equals("else")) {
            otherwise = bodyThenEnd("endfor");
        } else {
            closeTag();
        }
        return new Statement.For(target, iterable, filter, recursive, body, otherwise, line);
    }

    private Statement set(int line) {
        Statement.Target target = target(true);
        if (in.takeOperator("=")) {
            Expression value = expressions.expressionOrTuple();
            closeTag();
            return new Statement.Set(target, value, line);
        }
        List<Expression.Filter> filters = expressions.filterChain(true);
        return new Statement.SetBlock(target, filters, bodyThenEnd("endset"), line);
    }

    private Statement.Target target(boolean withFields) {
        List<Statement.Target> targets = new ArrayList<>();
        do {
            if (in.takeOperator("(")) {
                in.enter();
                targets.add(target(withFields));
                in.leave();
                in.expectOperator(")");
                continue;
            }
            String name = in.expectAnyName();
            if (withFields && in.takeOperator(".")) {
                targets.add(new Statement.Target.Field(name, in.expectAnyName()));
            } else {
                targets.add(new Statement.Target.Variable(name));
            }
        } while (in.takeOperator(","));
        return targets.size() == 1 ? targets.getFirst() : new Statement.Target.Several(targets);
    }

    private Statement.Macro macro() {
        String name = in.expectAnyName();
        List<Statement.Macro.Parameter> parameters = parameters();
        return new Statement.Macro(name, parameters, macroBody("endmacro"));
    }

    private List<Statement> macroBody(String end) {
        int outerLoops = loops;
        loops = 0;
        List<Statement> body = bodyThenEnd(end);
        loops = outerLoops;
        return body;
    }

    private List<Statement.Macro.Parameter> parameters() {
        in.expectOperator("(");
        List<Statement.Macro.Parameter> parameters = new ArrayList<>();
        while (!in.takeOperator(")")) {
            String name = in.expectAnyName();
            Expression defaultValue = in.takeOperator("=") ? expressions.expression() : null;
            parameters.add(new Statement.Macro.Parameter(name, defaultValue));
            if (!in.isOperator(")")) {
                in.expectOperator(",");
            }
        }
        return parameters;
    }

    private Statement callBlock(int line) {
        List<Statement.Macro.Parameter> parameters = in.isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw new ParseFailure("a call expected after 'call'", line);
        }
        return new Statement.CallBlock(call, new Statement.Macro("caller", parameters, macroBody("endcall")), line);
    }

    private List<Statement.Set> withVariables() {
        List<Statement.Set> variables = new ArrayList<>();
        while (in.is(Token.Kind.NAME)) {
            int line = in.line();
            Statement.Target target = new Statement.Target.Variable(in.expectAnyName());
            in.expectOperator("=");
            variables.add(new Statement.Set(target, expressions.expression(), line));
            in.takeOperator(",");
        }
        return variables;
    }
}
