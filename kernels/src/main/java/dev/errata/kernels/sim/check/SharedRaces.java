package dev.errata.kernels.sim.check;

/**
 * Who last wrote and read each granule of a block's shared memory, and whether barriers lie between, by {@link Clocks}
 * (as in FastTrack, Flanagan and Freund 2009). Lanes of one warp are ordered by its {@code bar.warp.sync} and by barriers.
 *
 * <p>A granule is as wide as the kernel's narrowest store to shared memory, so that neighbours don't look like one. A
 * stamp is tick, clock and lane; that of an atomic is negative.
 */
public final class SharedRaces {
    /** In the lane's place: several lanes of the warp read the granule at this tick. */
    private static final int SEVERAL = 32;

    private static final int LANE_BITS = 6;
    private static final int CLOCK_BITS = 10;
    private static final int TICK = LANE_BITS + CLOCK_BITS;

    private final Clocks clocks;
    private final int count;
    private final int shift;
    private final long[] writers;
    private final long[] readers;

    /**
     * @param bytes of shared memory
     * @param shift log2 of a granule's bytes
     */
    public SharedRaces(Clocks clocks, int bytes, int shift) {
        this.clocks = clocks;
        this.shift = shift;
        count = clocks.count();
        int granules = (bytes >>> shift) + 1;
        writers = new long[granules];
        readers = new long[granules * count];
    }

    private static long stamp(long tick, int clock, int lane) {
        return tick << TICK | (long) clock << LANE_BITS | lane;
    }

    /**
     * A lane reads.
     *
     * @return the thread (clock · 32 + lane) that wrote without a barrier between, or -1
     */
    public int read(int clock, int lane, int offset, int bytes) {
        int race = -1;
        long mine = stamp(clocks.now(clock), clock, lane);
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = unorderedWriter(clock, lane, g);
            race = other >= 0 ? other : race;
            int at = g * count + clock;
            boolean shared = readers[at] >>> LANE_BITS == mine >>> LANE_BITS && readers[at] != mine;
            readers[at] = shared ? (mine >>> LANE_BITS << LANE_BITS) | SEVERAL : mine;
        }
        return race;
    }

    /**
     * A lane writes.
     *
     * @return the thread that read or wrote without a barrier between, or -1; for several readers of a warp its first
     */
    public int write(int clock, int lane, int offset, int bytes) {
        int race = -1;
        long mine = stamp(clocks.now(clock), clock, lane);
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = unordered(clock, lane, g);
            race = other >= 0 ? other : race;
            writers[g] = mine;
        }
        return race;
    }

    /**
     * A lane does an atomic, which may meet other atomics.
     *
     * @return the thread that used the granule otherwise without a barrier between, or -1
     */
    public int atomic(int clock, int lane, int offset, int bytes) {
        int race = -1;
        long mine = -stamp(clocks.now(clock), clock, lane);
        int last = (offset + bytes - 1) >>> shift;
        for (int g = offset >>> shift; g <= last; g++) {
            int other = writers[g] < 0 ? unorderedReader(clock, lane, g) : unordered(clock, lane, g);
            race = other >= 0 ? other : race;
            writers[g] = mine;
        }
        return race;
    }

    /** Whether the write that a granule holds was known to a warp at a given time, here or before a fence. */
    public boolean writtenBefore(int offset, long[] times) {
        long stamp = Math.abs(writers[offset >>> shift]);
        return stamp >>> TICK <= times[clockOf(stamp)];
    }

    private static int clockOf(long stamp) {
        return (int) (stamp >>> LANE_BITS) & ((1 << CLOCK_BITS) - 1);
    }

    private static int laneOf(long stamp) {
        return (int) stamp & ((1 << LANE_BITS) - 1);
    }

    private int unordered(int clock, int lane, int granule) {
        int other = unorderedWriter(clock, lane, granule);
        return other >= 0 ? other : unorderedReader(clock, lane, granule);
    }

    private int unorderedWriter(int clock, int lane, int granule) {
        long stamp = Math.abs(writers[granule]);
        return isOrdered(stamp, clock, lane) ? -1 : clockOf(stamp) * 32 + laneOf(stamp);
    }

    private int unorderedReader(int clock, int lane, int granule) {
        for (int c = 0; c < count; c++) {
            long stamp = readers[granule * count + c];
            if (!isOrdered(stamp, clock, lane)) {
                return c * 32 + (laneOf(stamp) == SEVERAL ? 0 : laneOf(stamp));
            }
        }
        return -1;
    }

    private boolean isOrdered(long stamp, int clock, int lane) {
        int by = clockOf(stamp);
        long tick = stamp >>> TICK;
        return by == clock ? tick < clocks.now(clock) || laneOf(stamp) == lane : tick <= clocks.known(clock, by);
    }
}
