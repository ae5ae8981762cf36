package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Program;
import dev.errata.kernels.sim.machine.SharedMemory;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.PtxModule;
import dev.errata.kernels.sim.ptx.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the variables of a kernel and its functions lie. Static shared memory comes first, dynamic memory behind it;
 * local variables and the parameters of device functions lie on a thread's stack, each at a place of its own.
 */
final class Layout {
    private record Owned(String function, String name) {}

    private final Map<String, Long> globals;
    private final Map<String, Long> shared = new HashMap<>();
    private final Map<Owned, Long> local = new HashMap<>();
    private final Map<String, Long> parameterOffsets = new HashMap<>();
    private final List<Program.ParameterLayout> parameters = new ArrayList<>();
    private final String kernel;
    private long sharedEnd = SharedMemory.FIRST_ADDRESS;
    private long localEnd;

    /**
     * @param functions the kernel first, then those that it calls
     * @param globals addresses of the module's global and constant variables
     */
    Layout(PtxModule module, List<Function> functions, Map<String, Long> globals, Iterable<String> sharedNames) {
        this.globals = globals;
        kernel = functions.getFirst().name();
        List<Variable> dynamic = new ArrayList<>();
        for (String name : sharedNames) {
            Variable v = module.variables().get(name);
            if (v != null && v.space() == Variable.Space.SHARED) {
                place(v, dynamic);
            }
        }
        for (Function f : functions) {
            for (Variable v : f.variables()) {
                if (v.space() == Variable.Space.SHARED) {
                    place(v, dynamic);
                } else {
                    stack(f, v);
                }
            }
            if (!f.entry()) {
                f.parameters().forEach(v -> stack(f, v));
                f.results().forEach(v -> stack(f, v));
            }
        }
        int alignment = 1;
        for (Variable v : dynamic) {
            alignment = Math.max(alignment, v.alignment());
        }
        sharedEnd = up(sharedEnd, Math.max(alignment, dynamic.isEmpty() ? 1 : 16));
        for (Variable v : dynamic) {
            shared.put(v.name(), sharedEnd);
        }
        for (Variable p : functions.getFirst().parameters()) {
            long offset = up(
                    parameters.isEmpty()
                            ? 0
                            : parameters.getLast().offset()
                                    + parameters.getLast().bytes(),
                    p.alignment());
            parameterOffsets.put(p.name(), offset);
            parameters.add(new Program.ParameterLayout(p.name(), (int) offset, (int) p.bytes()));
        }
    }

    private void place(Variable v, List<Variable> dynamic) {
        if (v.bytes() == 0) {
            dynamic.add(v);
            return;
        }
        sharedEnd = up(sharedEnd, v.alignment());
        shared.put(v.name(), sharedEnd);
        sharedEnd += v.bytes();
    }

    private void stack(Function f, Variable v) {
        localEnd = up(localEnd, v.alignment());
        local.put(new Owned(f.name(), v.name()), localEnd);
        localEnd += v.bytes();
    }

    private static long up(long value, int alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    /** The address within the variable's space, or null if there is no such name. */
    Long address(Function function, String name) {
        Long address = local.get(new Owned(function.name(), name));
        if (address == null && function.name().equals(kernel)) {
            address = parameterOffsets.get(name);
        }
        if (address == null) {
            address = shared.get(name);
        }
        return address != null ? address : globals.get(name);
    }

    boolean isLocal(Function function, String name) {
        return local.containsKey(new Owned(function.name(), name));
    }

    List<Program.ParameterLayout> parameters() {
        return parameters;
    }

    int sharedBytes() {
        return Math.toIntExact(sharedEnd - SharedMemory.FIRST_ADDRESS);
    }

    int localBytes() {
        return Math.toIntExact(up(localEnd, 16));
    }
}
