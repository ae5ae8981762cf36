package dev.errata.kernels.sim.isa;

/**
 * What an instruction computes for one lane. Values are bits, right-aligned with zeros above: an f32 is in the lower 32
 * bits, a u8 in the lower 8.
 */
final class Scalar {
    private Scalar() {}

    interface Unary {
        long of(long a);
    }

    interface Binary {
        long of(long a, long b);
    }

    interface Ternary {
        long of(long a, long b, long c);
    }

    interface Quaternary {
        long of(long a, long b, long c, long d);
    }

    interface Relation {
        boolean holds(long a, long b);
    }
}
