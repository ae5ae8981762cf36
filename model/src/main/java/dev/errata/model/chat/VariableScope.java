package dev.errata.model.chat;

import java.util.HashMap;
import java.util.Map;

/** Variables by name. A loop's round, a macro's body and a with block have their own, inside the one around them. */
final class VariableScope {
    private final VariableScope outer;
    private final Map<String, Object> variables = new HashMap<>();

    VariableScope(VariableScope outer) {
        this.outer = outer;
    }

    Object get(String name) {
        for (VariableScope scope = this; scope != null; scope = scope.outer) {
            Object value = scope.variables.get(name);
            if (value != null || scope.variables.containsKey(name)) {
                return value;
            }
        }
        return new Undefined(name);
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }
}
