package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.SpecialRegister;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.Register;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gives registers, constants and special registers of a program their slots, and its variables their addresses. */
final class Slots {
    private record Owned(String function, int register) {}

    private final Map<Owned, Integer> registers = new HashMap<>();
    private final Map<Owned, Integer> predicates = new HashMap<>();
    private final Map<Long, Integer> constants = new LinkedHashMap<>();
    private final Map<SpecialRegister, Integer> specials = new LinkedHashMap<>();
    private final Layout layout;
    private int next;
    private int nextPredicate;
    private int scratch = -1;
    private int scratchPredicate = -1;
    private int carry = -1;

    Slots(Layout layout) {
        this.layout = layout;
    }

    int of(Function function, Register register) {
        return registers.computeIfAbsent(new Owned(function.name(), register.index()), _ -> next++);
    }

    int predicateOf(Function function, Register register) {
        return predicates.computeIfAbsent(new Owned(function.name(), register.index()), _ -> nextPredicate++);
    }

    int constant(long bits) {
        return constants.computeIfAbsent(bits, _ -> next++);
    }

    int special(SpecialRegister special) {
        return specials.computeIfAbsent(special, _ -> next++);
    }

    /** For results that nobody reads. */
    int scratch() {
        scratch = scratch < 0 ? next++ : scratch;
        return scratch;
    }

    int scratchPredicate() {
        scratchPredicate = scratchPredicate < 0 ? nextPredicate++ : scratchPredicate;
        return scratchPredicate;
    }

    /** The predicate that holds the carry of {@code add.cc} and its kin. */
    int carry() {
        carry = carry < 0 ? nextPredicate++ : carry;
        return carry;
    }

    long address(Function function, String name, Instruction in) {
        Long address = layout.address(function, name);
        if (address == null) {
            throw new PtxException(in.line(), "unknown name " + name + ": " + in.text());
        }
        return address;
    }

    boolean isLocal(Function function, String name) {
        return layout.isLocal(function, name);
    }

    int registerCount() {
        return next;
    }

    int predicateCount() {
        return nextPredicate;
    }

    Map<Integer, Long> constants() {
        return inverse(constants);
    }

    Map<Integer, SpecialRegister> specials() {
        return inverse(specials);
    }

    private static <K> Map<Integer, K> inverse(Map<K, Integer> map) {
        Map<Integer, K> inverse = new LinkedHashMap<>();
        map.forEach((k, slot) -> inverse.put(slot, k));
        return inverse;
    }
}
