package dev.errata.bench.ops;

/**
 * What an operator has to do at least.
 *
 * @param operations additions and multiplications
 * @param bytes of its operands, each read or written once
 * @param arithmetic of what is multiplied
 */
public record Work(double operations, double bytes, Arithmetic arithmetic) {
    /** Of f32. */
    public Work(double operations, double bytes) {
        this(operations, bytes, Arithmetic.F32);
    }

    static Work ofBytes(double bytes) {
        return new Work(0, bytes);
    }
}
