package dev.errata.kernels.sim.machine;

import java.util.ArrayList;
import java.util.List;

/** The barrier of a cluster's threads, at which they arrive and wait apart. */
public final class ClusterBarrier {
    private record Waiting(Warp warp, int lanes) {}

    private final Cluster cluster;
    private final List<Waiting> waiting = new ArrayList<>();
    private long[] knowledge;
    private long[] passedOn = new long[0];
    private int arrived;
    private long phase;

    ClusterBarrier(Cluster cluster) {
        this.cluster = cluster;
        forget();
    }

    void forget() {
        waiting.clear();
        knowledge = cluster.clocks().nothing();
        arrived = 0;
        phase = 0;
    }

    /** Returns the phase to wait for. */
    public long arrive(Warp warp, int lanes) {
        long mine = phase;
        arrived += Integer.bitCount(lanes);
        cluster.clocks().release(warp.clock(), knowledge);
        cluster.clocks().tick(warp.clock());
        cluster.happened();
        openIfFull();
        return mine;
    }

    /** Lanes that arrived in a phase wait until it is over. */
    public void await(Warp warp, int lanes, long arrivedIn) {
        if (phase > arrivedIn) {
            cluster.clocks().acquire(warp.clock(), passedOn);
            return;
        }
        waiting.add(new Waiting(warp, lanes));
        warp.waitBehind(lanes);
    }

    void openIfFull() {
        if (arrived == 0 || arrived < cluster.runningThreads()) {
            return;
        }
        passedOn = knowledge;
        knowledge = cluster.clocks().nothing();
        arrived = 0;
        phase++;
        cluster.meet();
        for (Waiting w : List.copyOf(waiting)) {
            cluster.clocks().acquire(w.warp.clock(), passedOn);
            w.warp.unblock(w.lanes);
        }
        waiting.clear();
    }

    boolean isAwaited() {
        return !waiting.isEmpty();
    }

    String state() {
        return arrived + " of " + cluster.runningThreads() + " threads at the cluster's barrier";
    }
}
