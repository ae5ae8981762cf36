package dev.errata.kernels.sim.check;

import java.util.Arrays;

/**
 * Who last wrote and read each granule of a block's shared memory, and whether barriers lie between. Every warp has a
 * clock that moves on at its barriers, and knows up to which tick of each other warp's clock everything has happened
 * before (vector clocks, as in FastTrack, Flanagan and Freund 2009). Lanes of one warp are ordered by its
 * {@code bar.warp.sync} and by barriers. The stamp of an atomic is negative.
 *
 * <p>A granule is as wide as the kernel's narrowest store to shared memory, so that neighbours don't look like one.
 */
public final class SharedRaces {
    /** In the lane's place: several lanes of the warp read the granule at this tick. */
    private static final int SEVERAL = 32;

    private static final int TICK = 64;

    private final int warps;
    private final int shift;
    private final long[] writers;
    private final long[] readers;
    private final long[][] known;
    private long newest = 1;

    /**
     * @param bytes of shared memory
     * @param shift log2 of a granule's bytes
     */
    public SharedRaces(int warps, int bytes, int shift) {
        this.warps = warps;
        this.shift = shift;
        int granules = (bytes >>> shift) + 1;
        writers = new long[granules];
        readers = new long[granules * warps];
        known = new long[warps][warps];
        restart();
    }

    /** A block begins: all that was before it is forgotten. */
    public void restart() {
        newest++;
        for (long[] k : known) {
            Arrays.fill(k, newest - 1);
        }
        for (int w = 0; w < warps; w++) {
            known[w][w] = newest;
        }
    }

    /** What the warp did so far happens before what its lanes do from here on. */
    public void tick(int warp) {
        newest = Math.max(newest, ++known[warp][warp]);
    }

    /** Adds what a warp knows to what a barrier passes on. */
    public void release(int warp, long[] barrier) {
        for (int i = 0; i < warps; i++) {
            barrier[i] = Math.max(barrier[i], known[warp][i]);
        }
    }

    /** The warp knows what the barrier passes on. */
    public void acquire(int warp, long[] barrier) {
        long[] k = known[warp];
        for (int i = 0; i < warps; i++) {
            k[i] = Math.max(k[i], i == warp ? 0 : barrier[i]);
        }
    }

    /** For a barrier, to be filled by {@link #release}. */
    public long[] nothing() {
        return new long[warps];
    }

    /**
     * A lane reads.
     *
     * @return the thread (warp · 32 + lane) that wrote without a barrier between, or -1
     */
    public int read(int warp, int lane, int offset, int bytes) {
        int race = -1;
        long now = known[warp][warp];
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = unorderedWriter(warp, lane, g);
            race = other >= 0 ? other : race;
            int at = g * warps + warp;
            long stamp = now * TICK + lane;
            readers[at] = readers[at] / TICK == now && readers[at] != stamp ? now * TICK + SEVERAL : stamp;
        }
        return race;
    }

    /**
     * A lane writes.
     *
     * @return the thread that read or wrote without a barrier between, or -1; for several readers of a warp its first
     */
    public int write(int warp, int lane, int offset, int bytes) {
        int race = -1;
        long now = known[warp][warp];
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = unorderedWriter(warp, lane, g);
            if (other < 0) {
                other = unorderedReader(warp, lane, g);
            }
            race = other >= 0 ? other : race;
            writers[g] = (now * warps + warp) * TICK + lane;
        }
        return race;
    }

    /**
     * A lane does an atomic, which may meet other atomics.
     *
     * @return the thread that used the granule otherwise without a barrier between, or -1
     */
    public int atomic(int warp, int lane, int offset, int bytes) {
        int race = -1;
        long now = known[warp][warp];
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = writers[g] < 0 ? -1 : unorderedWriter(warp, lane, g);
            if (other < 0) {
                other = unorderedReader(warp, lane, g);
            }
            race = other >= 0 ? other : race;
            writers[g] = -((now * warps + warp) * TICK + lane);
        }
        return race;
    }

    private int unorderedWriter(int warp, int lane, int granule) {
        long stamp = Math.abs(writers[granule]);
        int byLane = (int) (stamp % TICK);
        int byWarp = (int) (stamp / TICK % warps);
        long tick = stamp / TICK / warps;
        boolean ordered = byWarp == warp ? tick < known[warp][warp] || byLane == lane : tick <= known[warp][byWarp];
        return ordered ? -1 : byWarp * 32 + byLane;
    }

    private int unorderedReader(int warp, int lane, int granule) {
        for (int w = 0; w < warps; w++) {
            long stamp = readers[granule * warps + w];
            long tick = stamp / TICK;
            int byLane = (int) (stamp % TICK);
            boolean ordered = w == warp ? tick < known[warp][warp] || byLane == lane : tick <= known[warp][w];
            if (!ordered) {
                return w * 32 + (byLane == SEVERAL ? 0 : byLane);
            }
        }
        return -1;
    }
}
