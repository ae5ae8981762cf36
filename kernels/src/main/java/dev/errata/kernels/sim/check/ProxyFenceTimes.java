package dev.errata.kernels.sim.check;

import java.util.Arrays;

/**
 * Up to which tick of each clock ordinary stores are visible to asynchronous units, as seen by a warp: those before the
 * storing warp's own {@code fence.proxy.async}, and those that happened before the fence of the warp that uses the unit.
 */
public final class ProxyFenceTimes {
    private final Clocks clocks;
    private final long[][] times;
    private final long[] own;

    public ProxyFenceTimes(Clocks clocks) {
        this.clocks = clocks;
        times = new long[clocks.count()][clocks.count()];
        own = new long[clocks.count()];
    }

    public void clear() {
        for (long[] t : times) {
            Arrays.fill(t, 0);
        }
        Arrays.fill(own, 0);
    }

    /** What the warp does behind the fence is told apart by a tick of its clock. */
    public void fence(int clock) {
        own[clock] = clocks.now(clock);
        for (int i = 0; i < own.length; i++) {
            times[clock][i] = i == clock ? own[clock] : Math.max(times[clock][i], clocks.known(clock, i));
        }
        clocks.tick(clock);
    }

    /** By clock, the last tick whose stores are visible. */
    public long[] of(int clock) {
        long[] t = times[clock];
        for (int i = 0; i < own.length; i++) {
            t[i] = Math.max(t[i], own[i]);
        }
        return t;
    }
}
