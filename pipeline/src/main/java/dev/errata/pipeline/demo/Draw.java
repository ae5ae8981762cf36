package dev.errata.pipeline.demo;

import java.util.List;

/**
 * Random numbers for one problem: SplitMix64 over a counter, keyed by seed and problem, so that a problem depends on nothing else. Integer
 * arithmetic only; the same numbers on every platform.
 */
final class Draw {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long key;
    private long counter;

    Draw(long seed, long problem) {
        key = mixed(mixed(seed + GOLDEN) ^ problem);
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(next(), bound);
    }

    /** A number from {@code low} to {@code high}, both included; {@code low} where the range is empty. */
    int between(int low, int high) {
        return high <= low ? low : low + below(high - low + 1);
    }

    /** True in {@code permille} of a thousand cases. */
    boolean chance(int permille) {
        return below(1000) < permille;
    }

    <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** One of the choices, by their weights in this mix. */
    <T extends Weighted> T pick(Mix mix, List<T> choices) {
        int total = 0;
        for (T choice : choices) {
            total += choice.weight(mix);
        }
        int left = below(total);
        for (T choice : choices) {
            left -= choice.weight(mix);
            if (left < 0) {
                return choice;
            }
        }
        throw new IllegalStateException("weights changed while drawing");
    }

    private long next() {
        return mixed(key + GOLDEN * ++counter);
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
