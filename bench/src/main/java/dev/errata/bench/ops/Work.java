package dev.errata.bench.ops;

/**
 * What an operator has to do at least.
 *
 * @param operations additions and multiplications of f32
 * @param bytes of its operands, each read or written once
 */
public record Work(double operations, double bytes) {
    static Work ofBytes(double bytes) {
        return new Work(0, bytes);
    }
}
