package dev.errata.kernels.machine;

/** The lower 256 bits of a vector register; see {@link Zmm#lower}. */
public record Ymm(int number) implements MachineOperand {
    @Override
    public String toString() {
        return "ymm" + number;
    }
}
