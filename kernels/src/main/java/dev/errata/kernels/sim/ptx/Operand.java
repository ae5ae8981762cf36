package dev.errata.kernels.sim.ptx;

import java.util.List;

/** What an instruction works on. */
public sealed interface Operand {
    /** A declared register. */
    record Reg(Register register) implements Operand {}

    /** A register that the machine fills, as {@code %tid.x}. */
    record Special(String name) implements Operand {}

    /** The name of a variable, function or branch table, plus an offset in bytes. */
    record Symbol(String name, long offset) implements Operand {}

    /** An integer constant. */
    record Int(long value) implements Operand {}

    /** A floating-point constant: {@code 0f…} as a float, {@code 0d…} and decimals as a double. */
    record Real(double value) implements Operand {}

    /** {@code [base + offset]}; {@code coordinates} are those of a tensor copy, else empty. */
    record Address(Operand base, long offset, List<Operand> coordinates) implements Operand {}

    /** {@code {a, b, …}}. */
    record Vector(List<Operand> elements) implements Operand {}

    /** {@code !p}. */
    record Not(Operand of) implements Operand {}

    /** {@code p|q}: two results. */
    record Pair(Operand first, Operand second) implements Operand {}

    /** {@code (a, b)} of a call. */
    record Arguments(List<Operand> elements) implements Operand {}

    /** Where a branch goes: an index into the function's instructions. */
    record Target(String label, int index) implements Operand {}

    /** {@code _}: a result that nobody wants. */
    record Nowhere() implements Operand {}
}
