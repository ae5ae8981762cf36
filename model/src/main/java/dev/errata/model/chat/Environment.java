package dev.errata.model.chat;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Environment {
    /** As in jinja's sandbox. */
    private static final int MAX_RANGE = 100_000;

    private Environment() {}

    /** {@code date} is the day, at midnight, that templates take for now. */
    static void addTo(VariableScope scope, Execution execution, LocalDate date) {
        scope.set("raise_exception", (TemplateFunction) arguments -> {
            throw new TemplateRaisedException(PythonText.text(arguments.bind("message")[0], execution));
        });
        scope.set("namespace", (TemplateFunction) arguments -> namespace(arguments, execution));
        scope.set("dict", (TemplateFunction) arguments -> dict(arguments, execution));
        scope.set("range", (TemplateFunction) arguments -> range(arguments, execution));
        scope.set("strftime_now", (TemplateFunction) arguments -> {
            String format = CallArguments.text(arguments.bind("format")[0], "");
            return TimeText.format(date.atStartOfDay(), format);
        });
    }

    private static Object namespace(CallArguments arguments, Execution execution) {
        Namespace namespace = new Namespace();
        if (dict(arguments, execution) instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> namespace.set(String.valueOf(name), value));
        }
        return namespace;
    }

    private static Object dict(CallArguments arguments, Execution execution) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        Object start = new CallArguments(arguments.positional(), Map.of()).bind("mapping")[0];
        execution.chargeFor(start);
        if (start instanceof Map<?, ?> map) {
            map.forEach((key, value) -> entries.put(execution.hashed(key), value));
        } else if (!CallArguments.isAbsent(start)) {
            for (Object item : PythonValues.elements(start, execution)) {
                List<Object> pair = PythonValues.elements(item, execution);
                if (pair.size() != 2) {
                    throw new TemplateFailure("dict needs pairs");
                }
                entries.put(execution.hashed(pair.get(0)), pair.get(1));
            }
        }
        entries.putAll(arguments.named());
        return entries;
    }

    private static Object range(CallArguments arguments, Execution execution) {
        Object[] given = arguments.bind("start", "stop", "step");
        boolean onlyEnd = CallArguments.isAbsent(given[1]);
        long from = onlyEnd ? 0 : CallArguments.integer(given[0], 0);
        long to = CallArguments.integer(onlyEnd ? given[0] : given[1], 0);
        long step = CallArguments.integer(given[2], 1);
        if (step == 0) {
            throw new TemplateFailure("range with a step of 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            if (numbers.size() == MAX_RANGE) {
                throw new TemplateFailure("range of more than " + MAX_RANGE + " numbers");
            }
            execution.charge(1);
            numbers.add(i);
        }
        return numbers;
    }
}
