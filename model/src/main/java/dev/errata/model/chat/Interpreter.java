package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the statements of a template. */
final class Interpreter {
    /** How a list of statements ended. */
    private enum Flow {
        NORMAL,
        BREAK,
        CONTINUE
    }

    private final Execution execution;
    private final Evaluator evaluator;

    Interpreter(Execution execution) {
        this.execution = execution;
        evaluator = new Evaluator(execution);
    }

    /** The text that the statements make. */
    String render(List<Statement> statements, VariableScope scope) {
        StringBuilder out = new StringBuilder();
        run(statements, scope, out);
        return out.toString();
    }

    private Flow run(List<Statement> statements, VariableScope scope, StringBuilder out) {
        for (Statement statement : statements) {
            Flow flow = run(statement, scope, out);
            if (flow != Flow.NORMAL) {
                return flow;
            }
        }
        return Flow.NORMAL;
    }

    private Flow run(Statement statement, VariableScope scope, StringBuilder out) {
        switch (statement) {
            case Statement.Text text -> append(text.text(), out);
            case Statement.Output output -> {
                execution.at(output.line());
                append(PythonText.text(evaluator.evaluate(output.value(), scope), execution), out);
            }
            case Statement.If choice -> {
                return run(taken(choice, scope), scope, out);
            }
            case Statement.For loop -> loop(loop, scope, out);
            case Statement.Set set -> {
                execution.at(set.line());
                assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            }
            case Statement.SetBlock set -> {
                execution.at(set.line());
                assign(
                        set.target(),
                        filtered(set.filters(), render(set.body(), new VariableScope(scope)), scope),
                        scope);
            }
            case Statement.Macro macro -> scope.set(macro.name(), macro(macro, scope));
            case Statement.CallBlock block -> append(callBlock(block, scope), out);
            case Statement.FilterBlock block -> {
                String body = render(block.body(), new VariableScope(scope));
                execution.at(block.line());
                append(PythonText.text(filtered(block.filters(), body, scope), execution), out);
            }
            case Statement.Block block -> {
                VariableScope inner = new VariableScope(scope);
                block.variables().forEach(set -> assign(set.target(), evaluator.evaluate(set.value(), scope), inner));
                return run(block.body(), inner, out);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NORMAL;
    }

    private void append(String text, StringBuilder out) {
        execution.chargeText(text.length());
        out.append(text);
    }

    private List<Statement> taken(Statement.If choice, VariableScope scope) {
        for (Statement.If.Branch branch : choice.branches()) {
            execution.at(branch.line());
            if (evaluator.isTrue(branch.condition(), scope)) {
                return branch.body();
            }
        }
        return choice.otherwise();
    }

    private void loop(Statement.For loop, VariableScope scope, StringBuilder out) {
        execution.at(loop.line());
        loop(loop, evaluator.evaluate(loop.iterable(), scope), 1, scope, out);
    }

    private void loop(Statement.For loop, Object iterable, int depth, VariableScope scope, StringBuilder out) {
        List<Object> elements = PythonValues.elements(iterable, execution);
        execution.charge(elements.size());
        if (loop.filter() != null) {
            elements = filter(loop, elements, scope);
        }
        TemplateFunction recursion = loop.recursive() ? arguments -> recurse(loop, arguments, depth, scope) : null;
        LoopState state = new LoopState(elements, depth, recursion);
        for (int i = 0; i < elements.size(); i++) {
            execution.at(loop.line());
            state.moveTo(i);
            VariableScope round = new VariableScope(scope);
            assign(loop.target(), elements.get(i), round);
            round.set("loop", state);
            if (run(loop.body(), round, out) == Flow.BREAK) {
                break;
            }
        }
        if (elements.isEmpty()) {
            run(loop.otherwise(), new VariableScope(scope), out);
        }
    }

    private List<Object> filter(Statement.For loop, List<Object> elements, VariableScope scope) {
        List<Object> kept = new ArrayList<>();
        for (Object element : elements) {
            VariableScope round = new VariableScope(scope);
            assign(loop.target(), element, round);
            if (evaluator.isTrue(loop.filter(), round)) {
                kept.add(element);
            }
        }
        return kept;
    }

    private Object recurse(Statement.For loop, CallArguments arguments, int depth, VariableScope scope) {
        execution.enter();
        StringBuilder out = new StringBuilder();
        loop(loop, arguments.bind("iterable")[0], depth + 1, scope, out);
        execution.leave();
        return out.toString();
    }

    private Object filtered(List<Expression.Filter> filters, String text, VariableScope scope) {
        Object value = text;
        for (Expression.Filter filter : filters) {
            value = Filters.apply(filter.name(), value, evaluator.arguments(filter.arguments(), scope), execution);
        }
        return value;
    }

    private void assign(Statement.Target target, Object value, VariableScope scope) {
        switch (target) {
            case Statement.Target.Variable variable -> scope.set(variable.name(), value);
            case Statement.Target.Field field -> {
                if (!(scope.get(field.variable()) instanceof Namespace namespace)) {
                    throw new TemplateFailure(
                            "'" + field.variable() + "' isn't a namespace, so its fields can't be set");
                }
                namespace.set(field.name(), value);
            }
            case Statement.Target.Several several -> {
                List<Object> values = PythonValues.elements(value, execution);
                if (values.size() != several.targets().size()) {
                    throw new TemplateFailure(
                            values.size() + " values for " + several.targets().size() + " names");
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(several.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    private TemplateFunction macro(Statement.Macro macro, VariableScope scope) {
        return arguments -> {
            execution.enter();
            VariableScope inner = new VariableScope(scope);
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            if (named.containsKey("caller")) {
                inner.set("caller", named.remove("caller"));
            }
            String[] names = macro.parameters().stream()
                    .map(Statement.Macro.Parameter::name)
                    .toArray(String[]::new);
            Object[] values = new CallArguments(arguments.positional(), named).bind(names);
            for (int i = 0; i < names.length; i++) {
                inner.set(names[i], CallArguments.isAbsent(values[i]) ? missing(macro, i, inner) : values[i]);
            }
            String text = render(macro.body(), inner);
            execution.leave();
            return text;
        };
    }

    private Object missing(Statement.Macro macro, int index, VariableScope scope) {
        Statement.Macro.Parameter parameter = macro.parameters().get(index);
        return parameter.defaultValue() == null
                ? new Undefined(parameter.name())
                : evaluator.evaluate(parameter.defaultValue(), scope);
    }

    private String callBlock(Statement.CallBlock block, VariableScope scope) {
        execution.at(block.line());
        Expression.Call call = block.call();
        Object function = evaluator.evaluate(call.function(), scope);
        if (!(function instanceof TemplateFunction macro)) {
            throw new TemplateFailure(PythonValues.typeName(function) + " can't be called");
        }
        CallArguments given = evaluator.arguments(call.arguments(), scope);
        Map<String, Object> named = new LinkedHashMap<>(given.named());
        named.put("caller", macro(block.caller(), scope));
        return PythonText.text(macro.call(new CallArguments(given.positional(), named)), execution);
    }
}
