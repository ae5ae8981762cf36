package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.List;

/** The methods of a list that don't change it. */
final class ListMethods {
    private ListMethods() {}

    /** The method, or null. */
    static TemplateFunction find(List<?> list, String name, Execution execution) {
        return switch (name) {
            case "index" ->
                arguments -> {
                    Object wanted = arguments.bind("value")[0];
                    for (int i = 0; i < list.size(); i++) {
                        if (PythonValues.areEqual(list.get(i), wanted, execution)) {
                            return (long) i;
                        }
                    }
                    throw new TemplateFailure("a value that isn't in the list");
                };
            case "count" ->
                arguments -> {
                    Object wanted = arguments.bind("value")[0];
                    return list.stream()
                            .filter(each -> PythonValues.areEqual(each, wanted, execution))
                            .count();
                };
            case "copy" ->
                arguments -> {
                    arguments.bind();
                    execution.chargeFor(list);
                    return new ArrayList<Object>(list);
                };
            case "append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear" ->
                _ -> {
                    throw new TemplateFailure("lists can't be changed in a chat template, so not by '" + name + "'");
                };
            default -> null;
        };
    }
}
