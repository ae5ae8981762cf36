package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.SpecialRegister;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import dev.errata.kernels.sim.ptx.Register;
import java.util.List;

/** The operands of one instruction as slots of a warp's registers. */
final class Operands {
    private final Instruction in;
    private final Function function;
    private final Slots slots;
    private final Linkage linkage;

    Operands(Instruction in, Function function, Slots slots, Linkage linkage) {
        this.in = in;
        this.function = function;
        this.slots = slots;
        this.linkage = linkage;
    }

    /** A base register plus bytes. */
    record Address(int base, long offset) {}

    Slots slots() {
        return slots;
    }

    PtxException wrong(String what) {
        return new PtxException(in.line(), what + ": " + in.text());
    }

    int count() {
        return in.operands().size();
    }

    /** Operand {@code i} to be read as a value of a type; constants become slots of their own. */
    int value(int i, PtxType type) {
        return value(in.operand(i), type);
    }

    int value(Operand operand, PtxType type) {
        return switch (operand) {
            case Operand.Reg r when !r.register().type().isPredicate() -> slots.of(function, r.register());
            case Operand.Int c -> slots.constant(bits(c.value(), type));
            case Operand.Real c -> slots.constant(bits(c.value(), type));
            case Operand.Special s -> special(s.name());
            case Operand.Symbol s when s.name().equals("WARP_SZ") -> slots.constant(32);
            case Operand.Symbol s -> slots.constant(slots.address(function, s.name(), in) + s.offset());
            default -> throw wrong("a value expected");
        };
    }

    private int special(String name) {
        SpecialRegister special = SpecialRegister.named(name);
        if (special == null) {
            throw PtxException.unknown(in);
        }
        return slots.special(special);
    }

    private static long bits(long constant, PtxType type) {
        return type == PtxType.F32
                ? Words.bits((float) constant)
                : type == PtxType.F64 ? Words.bits((double) constant) : Words.truncate(constant, type.bits());
    }

    private static long bits(double constant, PtxType type) {
        return type.bits() == 64 ? Words.bits(constant) : Words.bits((float) constant);
    }

    /** Operand {@code i} to be written. */
    int result(int i) {
        return result(in.operand(i));
    }

    int result(Operand operand) {
        return switch (operand) {
            case Operand.Reg r when !r.register().type().isPredicate() -> slots.of(function, r.register());
            case Operand.Nowhere _ -> slots.scratch();
            default -> throw wrong("a register expected");
        };
    }

    /** A step for {@code op d, a}, all of one type. */
    Step unary(PtxType type, Scalar.Unary f) {
        expect(2);
        return LaneSteps.unary(in.opcode(), f, result(0), value(1, type));
    }

    /** A step for {@code op d, a, b}, all of one type. */
    Step binary(PtxType type, Scalar.Binary f) {
        expect(3);
        return LaneSteps.binary(in.opcode(), f, result(0), value(1, type), value(2, type));
    }

    /** A step for {@code op d, a, b, c}, all of one type. */
    Step ternary(PtxType type, Scalar.Ternary f) {
        expect(4);
        return LaneSteps.ternary(in.opcode(), f, result(0), value(1, type), value(2, type), value(3, type));
    }

    void expect(int operands) {
        if (count() != operands) {
            throw wrong(operands + " operands expected");
        }
    }

    /** The bits of the register at operand {@code i}; of the type where it is a constant. */
    int width(int i, PtxType type) {
        return width(in.operand(i), type);
    }

    int width(Operand operand, PtxType type) {
        return operand instanceof Operand.Reg r ? r.register().type().bits() : type.bits();
    }

    /** The operands in braces at {@code i}, or the one that stands there alone. */
    List<Operand> vector(int i) {
        return in.operand(i) instanceof Operand.Vector v ? v.elements() : List.of(in.operand(i));
    }

    int[] values(int i, PtxType type) {
        return vector(i).stream().mapToInt(o -> value(o, type)).toArray();
    }

    int[] results(int i) {
        return vector(i).stream().mapToInt(this::result).toArray();
    }

    /** The number of a predicate to be written; {@code _} gets one that nobody reads. */
    int predicateResult(Operand operand) {
        return switch (operand) {
            case Operand.Reg r when r.register().type().isPredicate() -> predicate(r.register());
            case Operand.Nowhere _ -> slots.scratchPredicate();
            default -> throw wrong("a predicate register expected");
        };
    }

    int predicate(Register register) {
        return slots.predicateOf(function, register);
    }

    int predicateResult(int i) {
        return predicateResult(in.operand(i));
    }

    /** A predicate to be read, {@code !} and constants included. */
    Truth truth(int i) {
        return truth(in.operand(i));
    }

    Truth truth(Operand operand) {
        return switch (operand) {
            case Operand.Reg r
            when r.register().type().isPredicate() -> {
                int p = predicate(r.register());
                yield (warp, lanes) -> warp.predicate(p, lanes);
            }
            case Operand.Not n -> {
                Truth of = truth(n.of());
                yield (warp, lanes) -> ~of.of(warp, lanes);
            }
            case Operand.Int c -> {
                int all = c.value() == 0 ? 0 : -1;
                yield (_, _) -> all;
            }
            default -> throw wrong("a predicate expected");
        };
    }

    boolean isPredicate(int i) {
        return in.operand(i) instanceof Operand.Reg r && r.register().type().isPredicate();
    }

    /** Operand {@code i} as {@code [base + offset]}. */
    Address address(int i) {
        if (!(in.operand(i) instanceof Operand.Address a)) {
            throw wrong("an address expected");
        }
        return new Address(value(a.base(), PtxType.B64), a.offset());
    }

    /** Operand {@code i} as an integer constant. */
    long constant(int i) {
        if (in.operand(i) instanceof Operand.Int c) {
            return c.value();
        }
        throw wrong("a constant expected");
    }

    /** Whether an address names memory of the function itself rather than of the kernel's arguments. */
    boolean isOwnParameter(int i) {
        return in.operand(i) instanceof Operand.Address a
                && a.base() instanceof Operand.Symbol s
                && slots.isLocal(function, s.name());
    }

    /** The step of an instruction of the same function. */
    int stepOf(int instruction) {
        return linkage.step(function, instruction);
    }

    int entryOf(Function other) {
        return linkage.step(other, 0);
    }

    Function function(String name) {
        Function other = linkage.function(name);
        if (other == null) {
            throw wrong("no function of that name has a body");
        }
        return other;
    }

    long addressOf(String name) {
        return addressWithin(function, name);
    }

    long addressWithin(Function other, String name) {
        return slots.address(other, name, in);
    }

    /** The steps that the branch table named at operand {@code i} leads to. */
    int[] branchTable(int i) {
        if (!(in.operand(i) instanceof Operand.Symbol s)
                || !function.branchTables().containsKey(s.name())) {
            throw wrong("no such branch table");
        }
        return function.branchTables().get(s.name()).stream()
                .mapToInt(this::stepOf)
                .toArray();
    }
}
