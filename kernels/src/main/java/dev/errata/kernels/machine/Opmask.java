package dev.errata.kernels.machine;

/**
 * A register of bits, one for each lane of a vector.
 *
 * @param number 1 to 7: as a mask k0 stands for all lanes, so none of ours uses it
 */
public record Opmask(int number) implements MachineOperand {
    public static final int COUNT = 8;

    public Opmask {
        if (number < 1 || number >= COUNT) {
            throw new IllegalArgumentException("there is no mask k" + number);
        }
    }

    @Override
    public String toString() {
        return "k" + number;
    }
}
