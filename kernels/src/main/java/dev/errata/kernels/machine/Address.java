package dev.errata.kernels.machine;

/**
 * Memory that an instruction reads or writes: at base + index · scale + displacement, or at a label.
 *
 * @param base null where it is a label
 * @param index null, or any but RSP
 * @param scale 1, 2, 4 or 8
 * @param label null, or where a constant of the listing lies
 * @param broadcast whether 32 bits are read there and repeated 16 times
 */
public record Address(Gpr base, Gpr index, int scale, int displacement, Label label, boolean broadcast)
        implements MachineOperand {
    public Address {
        if (index == Gpr.RSP) {
            throw new IllegalArgumentException("rsp can't be an index");
        }
        if (Integer.bitCount(scale) != 1 || scale > 8 || scale < 1) {
            throw new IllegalArgumentException("a scale of " + scale);
        }
        if ((base == null) == (label == null)) {
            throw new IllegalArgumentException("an address has a base or a label");
        }
    }

    public static Address at(Gpr base) {
        return at(base, 0);
    }

    public static Address at(Gpr base, int displacement) {
        return new Address(base, null, 1, displacement, null, false);
    }

    public static Address at(Gpr base, Gpr index, int scale, int displacement) {
        return new Address(base, index, scale, displacement, null, false);
    }

    /** A constant of the listing. */
    public static Address at(Label label) {
        return new Address(null, null, 1, 0, label, false);
    }

    /** The 32 bits there, for each lane of a vector. */
    public Address repeated() {
        return new Address(base, index, scale, displacement, label, true);
    }

    @Override
    public String toString() {
        String place = label != null
                ? "rip+" + label
                : base
                        + (index == null ? "" : "+" + index + "*" + scale)
                        + (displacement == 0 ? "" : (displacement > 0 ? "+" : "") + displacement);
        return "[" + place + "]" + (broadcast ? "{1to16}" : "");
    }
}
