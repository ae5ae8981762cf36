package dev.errata.kernels.machine;

/**
 * A vector of which an instruction writes only the lanes whose bits are set.
 *
 * @param zeroes whether the others become 0, or keep what they hold
 */
public record Masked(Zmm vector, Opmask mask, boolean zeroes) implements MachineOperand {
    @Override
    public String toString() {
        return vector + "{" + mask + "}" + (zeroes ? "{z}" : "");
    }
}
