package dev.errata.kernels.machine;

/**
 * A tile of AMX: at most 16 rows of 64 bytes.
 *
 * @param number 0 to 7
 */
public record Tmm(int number) implements MachineOperand {
    public static final int COUNT = 8;

    public Tmm {
        if (number < 0 || number >= COUNT) {
            throw new IllegalArgumentException("there is no tmm" + number);
        }
    }

    @Override
    public String toString() {
        return "tmm" + number;
    }
}
