package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Program;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxModule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a kernel of a module into a program. Functions that others call come before those, so that lanes within a call
 * are behind those that wait for them.
 */
public final class Translator implements Linkage {
    private final PtxModule module;
    private final List<Function> functions = new ArrayList<>();
    private final Map<String, int[]> steps = new HashMap<>();
    private final Slots slots;
    private final Layout layout;
    private int size;

    private Translator(PtxModule module, Function kernel, Map<String, Long> globals) {
        this.module = module;
        collect(kernel, new HashSet<>());
        layout = new Layout(module, functions.reversed(), globals, names());
        slots = new Slots(layout);
        for (Function f : functions) {
            int[] at = new int[f.body().size() + 1];
            for (int i = 0; i < f.body().size(); i++) {
                at[i] = size;
                size += f.body().get(i).name().equals("call") ? 2 : 1;
            }
            at[f.body().size()] = size++;
            steps.put(f.name(), at);
        }
    }

    /**
     * @param globals addresses of the module's variables in global memory
     * @throws PtxException for an instruction that the simulator doesn't know
     */
    public static Program program(PtxModule module, Function kernel, Map<String, Long> globals) {
        return new Translator(module, kernel, globals).program(kernel);
    }

    /** Called functions first, each once. */
    private void collect(Function function, Set<String> callers) {
        if (!callers.add(function.name())) {
            throw new PtxException(function.line(), "recursion is not supported: " + function.name());
        }
        for (Instruction in : function.body()) {
            if (in.name().equals("call")) {
                Function callee = function(Calls.callee(in));
                if (callee == null) {
                    throw new PtxException(in.line(), "no function of that name has a body: " + in.text());
                }
                if (!functions.contains(callee)) {
                    collect(callee, callers);
                }
            }
        }
        callers.remove(function.name());
        functions.add(function);
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (Function f : functions) {
            for (Instruction in : f.body()) {
                in.operands().forEach(o -> collect(o, names));
            }
        }
        return names;
    }

    private static void collect(Operand operand, Set<String> names) {
        switch (operand) {
            case Operand.Symbol s -> names.add(s.name());
            case Operand.Address a -> collect(a.base(), names);
            case Operand.Vector v -> v.elements().forEach(e -> collect(e, names));
            default -> {}
        }
    }

    private Program program(Function kernel) {
        Step[] all = new Step[size];
        int[] guards = new int[size];
        Instruction[] source = new Instruction[size];
        for (Function f : functions) {
            int[] at = steps.get(f.name());
            for (int i = 0; i < f.body().size(); i++) {
                Instruction in = f.body().get(i);
                Operands operands = new Operands(in, f, slots, this);
                put(all, source, at[i], step(in, operands), in);
                if (in.guard() != null) {
                    int guard = operands.predicate(in.guard()) + 1;
                    guards[at[i]] = in.unless() ? -guard : guard;
                }
                if (in.name().equals("call")) {
                    put(all, source, at[i] + 1, Calls.results(in, operands), in);
                }
            }
            Instruction end = new Instruction(f.line(), null, false, "ret", List.of(), List.of());
            put(all, source, at[f.body().size()], (warp, lanes) -> warp.calls().pop(warp, lanes), end);
        }
        Widths widths = Widths.of(functions);
        return new Program(
                kernel.name(),
                all,
                guards,
                source,
                step(kernel, 0),
                slots.registerCount(),
                slots.predicateCount(),
                slots.constants(),
                slots.specials(),
                layout.sharedBytes(),
                layout.localBytes(),
                layout.parameters(),
                widths.shared(),
                widths.global(),
                Directives.maxThreads(kernel),
                Directives.requiredThreads(kernel),
                Directives.cluster(kernel));
    }

    private static Step step(Instruction in, Operands operands) {
        try {
            return Opcodes.step(in, operands);
        } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
            PtxException unknown = PtxException.unknown(in);
            unknown.initCause(e);
            throw unknown;
        }
    }

    private static void put(Step[] all, Instruction[] source, int at, Step step, Instruction in) {
        all[at] = step;
        source[at] = in;
    }

    @Override
    public int step(Function function, int instruction) {
        return steps.get(function.name())[instruction];
    }

    @Override
    public Function function(String name) {
        Function f = module.functions().get(name);
        return f == null || f.body() == null ? null : f;
    }
}
