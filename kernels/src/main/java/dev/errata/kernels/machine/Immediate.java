package dev.errata.kernels.machine;

/** A number within the instruction. */
public record Immediate(int value) implements MachineOperand {
    boolean fitsByte() {
        return value == (byte) value;
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
