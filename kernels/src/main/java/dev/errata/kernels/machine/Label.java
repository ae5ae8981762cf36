package dev.errata.kernels.machine;

/**
 * A place in a listing: where a jump goes, or where a constant lies.
 *
 * @param name of which a listing has one
 */
public record Label(String name) implements MachineOperand, Line {
    @Override
    public String toString() {
        return name;
    }
}
