package dev.errata.model.chat;

import java.util.List;

/** A statement of a template; a template is a list of them. */
sealed interface Statement {
    /** Text outside of tags. */
    record Text(String text) implements Statement {}

    /** {@code {{ value }}} */
    record Output(Expression value, int line) implements Statement {}

    /** if, elif …, else. */
    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {
        record Branch(Expression condition, List<Statement> body, int line) {}
    }

    /** A loop; {@code filter} may be null, {@code otherwise} runs when nothing was looped over. */
    record For(
            Target target,
            Expression iterable,
            Expression filter,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    /** {@code {% set name %} … {% endset %}}, possibly through filters. */
    record SetBlock(Target target, List<Expression.Filter> filters, List<Statement> body, int line)
            implements Statement {}

    record Macro(String name, List<Parameter> parameters, List<Statement> body) implements Statement {
        /** {@code defaultValue} is null where there is none. */
        record Parameter(String name, Expression defaultValue) {}
    }

    /** {@code {% call f() %} … {% endcall %}}: the body is the macro's {@code caller}. */
    record CallBlock(Expression.Call call, Macro caller, int line) implements Statement {}

    /** {@code {% filter f %} … {% endfilter %}} */
    record FilterBlock(List<Expression.Filter> filters, List<Statement> body, int line) implements Statement {}

    /** {@code {% with a = 1 %}} and {@code {% generation %}}: a scope of its own. */
    record Block(List<Set> variables, List<Statement> body) implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    /** What a value is assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** {@code ns.name} of a namespace. */
        record Field(String variable, String name) implements Target {}

        /** {@code a, b} */
        record Several(List<Target> targets) implements Target {}
    }
}
