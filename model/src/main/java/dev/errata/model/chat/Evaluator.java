package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Computes the value of an expression. */
final class Evaluator {
    private final Execution execution;

    Evaluator(Execution execution) {
        this.execution = execution;
    }

    boolean isTrue(Expression condition, VariableScope scope) {
        return PythonValues.isTrue(evaluate(condition, scope));
    }

    Object evaluate(Expression expression, VariableScope scope) {
        execution.enter();
        Object value = compute(expression, scope);
        execution.leave();
        return value;
    }

    private Object compute(Expression expression, VariableScope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListLiteral list -> all(list.elements(), scope);
            case Expression.TupleLiteral tuple -> new Tuple(all(tuple.elements(), scope));
            case Expression.MapLiteral map -> {
                Map<Object, Object> entries = new LinkedHashMap<>();
                map.entries()
                        .forEach(entry -> entries.put(
                                execution.hashed(evaluate(entry.key(), scope)), evaluate(entry.value(), scope)));
                yield entries;
            }
            case Expression.Attribute attribute ->
                attribute(evaluate(attribute.target(), scope), attribute.name(), execution);
            case Expression.Item item -> item(evaluate(item.target(), scope), evaluate(item.key(), scope), execution);
            case Expression.Slice slice ->
                Slices.slice(
                        evaluate(slice.target(), scope),
                        orNull(slice.from(), scope),
                        orNull(slice.to(), scope),
                        slice.step() == null ? CallArguments.ABSENT : evaluate(slice.step(), scope),
                        execution);
            case Expression.Call call -> call(call, scope);
            case Expression.Filter filter ->
                Filters.apply(
                        filter.name(),
                        evaluate(filter.value(), scope),
                        arguments(filter.arguments(), scope),
                        execution);
            case Expression.Test test ->
                Tests.holds(test.name(), evaluate(test.value(), scope), arguments(test.arguments(), scope), execution);
            case Expression.Not not -> !isTrue(not.operand(), scope);
            case Expression.Sign sign -> Arithmetic.sign(sign.negative(), evaluate(sign.operand(), scope));
            case Expression.And and -> {
                Object left = evaluate(and.left(), scope);
                yield PythonValues.isTrue(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = evaluate(or.left(), scope);
                yield PythonValues.isTrue(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Binary binary ->
                Arithmetic.binary(
                        binary.operator(), evaluate(binary.left(), scope), evaluate(binary.right(), scope), execution);
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private List<Object> all(List<Expression> expressions, VariableScope scope) {
        List<Object> values = new ArrayList<>();
        expressions.forEach(expression -> values.add(evaluate(expression, scope)));
        return values;
    }

    private Object orNull(Expression expression, VariableScope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private Object conditional(Expression.Conditional conditional, VariableScope scope) {
        if (isTrue(conditional.condition(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() == null
                ? new Undefined("the else of an inline if")
                : evaluate(conditional.otherwise(), scope);
    }

    private Object comparison(Expression.Comparison comparison, VariableScope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Expression.Comparison.Step step : comparison.steps()) {
            Object right = evaluate(step.operand(), scope);
            if (!Arithmetic.compare(step.operator(), left, right, execution)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    Object call(Expression.Call call, VariableScope scope) {
        Object function = evaluate(call.function(), scope);
        CallArguments arguments = arguments(call.arguments(), scope);
        execution.at(call.line());
        return switch (function) {
            case TemplateFunction callable -> callable.call(arguments);
            case LoopState loop -> loop.call(arguments);
            case Undefined undefined -> throw undefined.failure();
            case null, default -> throw new TemplateFailure(PythonValues.typeName(function) + " can't be called");
        };
    }

    CallArguments arguments(Expression.Arguments written, VariableScope scope) {
        if (written.positional().isEmpty() && written.named().isEmpty()) {
            return CallArguments.NONE;
        }
        List<Object> positional = new ArrayList<>();
        written.positional().forEach(argument -> positional.add(evaluate(argument, scope)));
        Map<String, Object> named = new LinkedHashMap<>();
        written.named().forEach(argument -> named.put(argument.name(), evaluate(argument.value(), scope)));
        return new CallArguments(positional, named);
    }

    /** {@code target.name}: a method or field, else the item of that name. */
    static Object attribute(Object target, String name, Execution execution) {
        return switch (target) {
            case Undefined undefined -> throw undefined.failure();
            case String text -> orUndefined(StringMethods.find(text, name, execution), name);
            case Tuple tuple when ListMethods.find(tuple, name, execution) == null -> tuple.named(name);
            case List<?> list -> orUndefined(ListMethods.find(list, name, execution), name);
            case Map<?, ?> map -> {
                TemplateFunction method = MapMethods.find(map, name, execution);
                yield method != null ? method : mapItem(map, name);
            }
            case Namespace namespace -> namespace.get(name);
            case LoopState loop -> loop.attribute(name, execution);
            case null, default -> new Undefined(name);
        };
    }

    private static Object orUndefined(TemplateFunction method, String name) {
        return method == null ? new Undefined(name) : method;
    }

    private static Object mapItem(Map<?, ?> map, Object key) {
        return map.containsKey(key) ? map.get(key) : new Undefined(key instanceof String name ? name : "item");
    }

    /** {@code target[key]}: the item, else for a string key the attribute of that name. */
    static Object item(Object target, Object key, Execution execution) {
        if (target instanceof Map<?, ?> map && map.containsKey(execution.hashed(key))) {
            return map.get(key);
        }
        if (key instanceof String name) {
            return attribute(target, name, execution);
        }
        boolean isSequence = target instanceof List<?> || target instanceof String;
        if (isSequence && (key instanceof Long || key instanceof Boolean)) {
            execution.chargeFor(target);
            return Slices.item(target, CallArguments.integer(key, 0));
        }
        if (target instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return new Undefined("item");
    }
}
