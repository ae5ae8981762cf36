package dev.errata.model.chat;

import java.util.List;

/** An expression of a template. */
sealed interface Expression {
    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListLiteral(List<Expression> elements) implements Expression {}

    record TupleLiteral(List<Expression> elements) implements Expression {}

    record MapLiteral(List<Entry> entries) implements Expression {
        record Entry(Expression key, Expression value) {}
    }

    /** {@code target.name} */
    record Attribute(Expression target, String name) implements Expression {}

    /** {@code target[key]} */
    record Item(Expression target, Expression key) implements Expression {}

    /** {@code target[from:to:step]}, each of the three possibly null. */
    record Slice(Expression target, Expression from, Expression to, Expression step) implements Expression {}

    record Call(Expression function, Arguments arguments, int line) implements Expression {}

    record Filter(Expression value, String name, Arguments arguments, int line) implements Expression {}

    record Test(Expression value, String name, Arguments arguments, int line) implements Expression {}

    record Not(Expression operand) implements Expression {}

    /** {@code -x} or {@code +x} */
    record Sign(boolean negative, Expression operand) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** An operator that computes a value. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code a < b <= c …}: every neighbouring pair must hold. */
    record Comparison(Expression first, List<Step> steps) implements Expression {
        record Step(String operator, Expression operand) {}
    }

    /** {@code then if condition else otherwise}; without else, {@code otherwise} is null. */
    record Conditional(Expression condition, Expression then, Expression otherwise) implements Expression {}

    /** The arguments of a call, filter or test. */
    record Arguments(List<Expression> positional, List<Named> named) {
        static final Arguments NONE = new Arguments(List.of(), List.of());

        record Named(String name, Expression value) {}
    }
}
