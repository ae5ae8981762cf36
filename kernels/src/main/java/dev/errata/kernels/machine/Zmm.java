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

    /** What is written of it where only lanes of these bits are; the others keep what they hold. */
    public Masked where(Opmask mask) {
        return new Masked(this, mask, false);
    }

    /** The same, and the other lanes become 0. */
    public Masked orZeroWhere(Opmask mask) {
        return new Masked(this, mask, true);
    }

    @Override
    public String toString() {
        return "zmm" + number;
    }
}
