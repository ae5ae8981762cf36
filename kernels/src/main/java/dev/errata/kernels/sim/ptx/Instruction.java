package dev.errata.kernels.sim.ptx;

import java.util.ArrayList;
import java.util.List;

/**
 * One instruction.
 *
 * @param line of the PTX file, from 1
 * @param guard the predicate register under which lanes execute it, or null
 * @param unless the guard is negated
 * @param name the part before the first dot
 * @param modifiers the parts after it, without dots
 */
public record Instruction(
        int line, Register guard, boolean unless, String name, List<String> modifiers, List<Operand> operands) {

    public boolean has(String modifier) {
        return modifiers.contains(modifier);
    }

    /** The first of these modifiers that the instruction has, or null. */
    public String anyOf(String... among) {
        for (String m : among) {
            if (modifiers.contains(m)) {
                return m;
            }
        }
        return null;
    }

    /** The types among the modifiers, in order. */
    public List<PtxType> types() {
        List<PtxType> types = new ArrayList<>(2);
        for (String m : modifiers) {
            PtxType type = PtxType.named(m);
            if (type != null) {
                types.add(type);
            }
        }
        return types;
    }

    /** The last type among the modifiers. */
    public PtxType type() {
        List<PtxType> types = types();
        if (types.isEmpty()) {
            throw PtxException.unknown(this);
        }
        return types.getLast();
    }

    public Operand operand(int i) {
        if (i >= operands.size()) {
            throw new PtxException(line, "too few operands: " + text());
        }
        return operands.get(i);
    }

    /** The name with its modifiers, as in the file. */
    public String opcode() {
        return modifiers.isEmpty() ? name : name + "." + String.join(".", modifiers);
    }

    /** The instruction for messages, close to how the file has it. */
    public String text() {
        StringBuilder s = new StringBuilder();
        if (guard != null) {
            s.append(unless ? "@!" : "@").append(guard.name()).append(' ');
        }
        s.append(opcode());
        for (int i = 0; i < operands.size(); i++) {
            s.append(i == 0 ? " " : ", ");
            write(operands.get(i), s);
        }
        return s.toString();
    }

    private static void write(Operand operand, StringBuilder s) {
        switch (operand) {
            case Operand.Reg r -> s.append(r.register().name());
            case Operand.Special r -> s.append(r.name());
            case Operand.Symbol v -> s.append(v.name()).append(v.offset() == 0 ? "" : "+" + v.offset());
            case Operand.Int i -> s.append(i.value());
            case Operand.Real f -> s.append(f.value());
            case Operand.Address a -> {
                s.append('[');
                write(a.base(), s);
                s.append(a.offset() == 0 ? "" : (a.offset() > 0 ? "+" : "") + a.offset());
                if (!a.coordinates().isEmpty()) {
                    s.append(", ");
                    list(a.coordinates(), "{", "}", s);
                }
                s.append(']');
            }
            case Operand.Vector v -> list(v.elements(), "{", "}", s);
            case Operand.Arguments a -> list(a.elements(), "(", ")", s);
            case Operand.Not n -> {
                s.append('!');
                write(n.of(), s);
            }
            case Operand.Pair p -> {
                write(p.first(), s);
                s.append('|');
                write(p.second(), s);
            }
            case Operand.Target t -> s.append(t.label());
            case Operand.Nowhere _ -> s.append('_');
        }
    }

    private static void list(List<Operand> elements, String open, String close, StringBuilder s) {
        s.append(open);
        for (int i = 0; i < elements.size(); i++) {
            s.append(i == 0 ? "" : ", ");
            write(elements.get(i), s);
        }
        s.append(close);
    }
}
