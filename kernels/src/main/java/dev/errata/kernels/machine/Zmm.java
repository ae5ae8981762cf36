package dev.errata.kernels.machine;

/**
 * A vector register of 512 bits.
 *
 * @param number 0 to 31
 */
public record Zmm(int number) implements MachineOperand {
    public static final int COUNT = 32;
    public static final int BYTES = 64;

    public Zmm {
        if (number < 0 || number >= COUNT) {
            throw new IllegalArgumentException("there is no zmm" + number);
        }
    }

    /** Its lower 256 bits. */
    public Ymm lower() {
        return new Ymm(number);
    }

    @Override
    public String toString() {
        return "zmm" + number;
    }
}
