package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls of device functions. A function's parameters and results have places of their own on each thread's stack, as have
 * those that a caller declares around a call; values are copied between the two before and behind the call.
 */
final class Calls {
    private record Copy(int from, int to, int bytes) {}

    private Calls() {}

    /** The name of the function that an instruction calls. */
    static String callee(Instruction in) {
        for (Operand operand : in.operands()) {
            if (operand instanceof Operand.Symbol s) {
                return s.name();
            }
        }
        throw new PtxException(in.line(), "calls through a register are not supported: " + in.text());
    }

    /** Copies the arguments and jumps; returns behind the step, where {@link #results} stands. */
    static Step call(Instruction in, Operands o) {
        Function function = o.function(callee(in));
        boolean returns = in.operand(0) instanceof Operand.Arguments;
        int at = returns ? 2 : 1;
        List<Copy> copies = in.operands().size() > at
                ? copies(in, o, function, (Operand.Arguments) in.operand(at), function.parameters(), true)
                : List.of();
        int entry = o.entryOf(function);
        return (warp, lanes) -> {
            copy(warp, lanes, copies);
            warp.calls().push(lanes, warp.pc() + 1);
            warp.jump(entry, lanes);
        };
    }

    /** What the function returned, to where the caller wants it. */
    static Step results(Instruction in, Operands o) {
        Function function = o.function(callee(in));
        if (!(in.operand(0) instanceof Operand.Arguments to)) {
            return (_, _) -> {};
        }
        List<Copy> copies = copies(in, o, function, to, function.results(), false);
        return (warp, lanes) -> copy(warp, lanes, copies);
    }

    private static void copy(Warp warp, int lanes, List<Copy> copies) {
        for (Copy c : copies) {
            warp.localStack().copy(lanes, c.from, c.to, c.bytes);
        }
    }

    private static List<Copy> copies(
            Instruction in,
            Operands o,
            Function function,
            Operand.Arguments names,
            List<Variable> formal,
            boolean inward) {
        if (names.elements().size() != formal.size()) {
            throw o.wrong("other parameters than " + function.name() + " has");
        }
        List<Copy> copies = new ArrayList<>();
        for (int i = 0; i < formal.size(); i++) {
            if (!(names.elements().get(i) instanceof Operand.Symbol s)) {
                throw new PtxException(in.line(), "only .param variables can be passed: " + in.text());
            }
            int own = (int) o.addressOf(s.name());
            int theirs = (int) o.addressWithin(function, formal.get(i).name());
            copies.add(new Copy(inward ? own : theirs, inward ? theirs : own, (int)
                    formal.get(i).bytes()));
        }
        return copies;
    }
}
