package dev.errata.pipeline.correct;

import java.util.Arrays;

/** A small stream of numbers that a seed fixes on every machine: SplitMix64 (Steele, Lea and Flood, 2014). */
final class Draw {
    private long state;

    Draw(long seed) {
        state = seed;
    }

    /** An int from 0 to below {@code bound}; each as likely as another but for 2<sup>-32</sup>. */
    int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** The first {@code count} of the numbers 0 to below {@code size}, shuffled; in increasing order they are a choice. */
    int[] choose(int count, int size) {
        int[] all = new int[size];
        for (int i = 0; i < size; i++) {
            all[i] = i;
        }
        for (int i = 0; i < count; i++) {
            int other = i + below(size - i);
            int chosen = all[other];
            all[other] = all[i];
            all[i] = chosen;
        }
        return Arrays.copyOf(all, count);
    }

    private long next() {
        state += 0x9e3779b97f4a7c15L;
        long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
