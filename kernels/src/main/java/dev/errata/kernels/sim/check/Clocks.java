package dev.errata.kernels.sim.check;

import java.util.Arrays;

/**
 * What happens before what among the warps of a cluster: every warp has a clock that moves on at its barriers, and knows
 * up to which tick of each other warp's clock everything has happened before (vector clocks). One more clock, the last,
 * is that of the unit that does bulk copies.
 */
public final class Clocks {
    private final long[][] known;
    private long newest = 1;

    /**
     * @param warps of all blocks of the cluster
     */
    public Clocks(int warps) {
        known = new long[warps + 1][warps + 1];
        restart();
    }

    /** A cluster begins: all that was before it has happened. */
    public void restart() {
        newest++;
        for (int w = 0; w < known.length; w++) {
            Arrays.fill(known[w], newest - 1);
            known[w][w] = newest;
        }
    }

    public int count() {
        return known.length;
    }

    /** The clock of the unit that does bulk copies. */
    public int copies() {
        return known.length - 1;
    }

    public long now(int clock) {
        return known[clock][clock];
    }

    /** Up to which tick of another clock everything has happened before. */
    public long known(int clock, int other) {
        return known[clock][other];
    }

    /** What the warp did so far happens before what its lanes do from here on. */
    public void tick(int clock) {
        newest = Math.max(newest, ++known[clock][clock]);
    }

    /** For a barrier, to be filled by {@link #release}. */
    public long[] nothing() {
        return new long[known.length];
    }

    /** Adds what a warp knows to what a barrier passes on. */
    public void release(int clock, long[] barrier) {
        long[] k = known[clock];
        for (int i = 0; i < k.length; i++) {
            barrier[i] = Math.max(barrier[i], k[i]);
        }
    }

    /** The warp knows what the barrier passes on. */
    public void acquire(int clock, long[] barrier) {
        long[] k = known[clock];
        for (int i = 0; i < k.length; i++) {
            if (i != clock) {
                k[i] = Math.max(k[i], barrier[i]);
            }
        }
    }
}
