package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.Clocks;

/** Blocks that run at the same time and see each other's shared memory; mostly there is one. */
public final class Cluster {
    private final ThreadBlock[] blocks;
    private final Clocks clocks;
    private final ClusterBarrier barrier;
    private final BulkLoads loads = new BulkLoads();
    private long events;
    private boolean abandoned;

    Cluster(Grid grid) {
        int[] extents = grid.program().cluster();
        blocks = new ThreadBlock[extents[0] * extents[1] * extents[2]];
        int warps = (grid.launch().threads() + 31) / 32;
        clocks = new Clocks(blocks.length * warps);
        barrier = new ClusterBarrier(this);
        for (int rank = 0; rank < blocks.length; rank++) {
            blocks[rank] = new ThreadBlock(grid, this, rank);
        }
    }

    /**
     * @param numbers of the blocks, by their rank in the cluster
     */
    void restart(int[] numbers) {
        clocks.restart();
        barrier.forget();
        loads.clear();
        events = 0;
        abandoned = false;
        for (int rank = 0; rank < blocks.length; rank++) {
            blocks[rank].restart(numbers[rank]);
        }
    }

    /** Runs all warps to their ends, or until they can't go on, which is reported. */
    void run() {
        while (isRunning() && !abandoned) {
            long before = events;
            boolean progresses = false;
            for (ThreadBlock b : blocks) {
                progresses |= b.runWarps();
            }
            if (events == before && !progresses && !loads.landOne()) {
                stuck();
            }
        }
    }

    private boolean isRunning() {
        for (ThreadBlock b : blocks) {
            if (b.runningWarps() > 0) {
                return true;
            }
        }
        return false;
    }

    private void stuck() {
        abandoned = true;
        for (ThreadBlock b : blocks) {
            if (b.reportStuck(barrier.isAwaited() ? barrier.state() : "")) {
                return;
            }
        }
    }

    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Something happened that a warp may wait for. */
    public void happened() {
        events++;
    }

    void threadsEnded() {
        barrier.openIfFull();
    }

    /** What the blocks did in global memory before the cluster's barrier is ordered. */
    void meet() {
        for (ThreadBlock a : blocks) {
            for (ThreadBlock b : blocks) {
                if (a != b) {
                    a.global().flow().meet(b.global().flow());
                }
            }
        }
    }

    int runningThreads() {
        int sum = 0;
        for (ThreadBlock b : blocks) {
            sum += b.runningThreads();
        }
        return sum;
    }

    public Clocks clocks() {
        return clocks;
    }

    public ClusterBarrier barrier() {
        return barrier;
    }

    public BulkLoads loads() {
        return loads;
    }

    public int size() {
        return blocks.length;
    }

    public ThreadBlock block(int rank) {
        return blocks[rank];
    }

    /** A thread by its warp's clock, for messages. */
    String nameOf(ThreadBlock from, int thread) {
        int warps = from.warps();
        int rank = thread / 32 / warps;
        if (rank >= blocks.length) {
            return "a bulk copy";
        }
        String name = "thread " + from.thread(thread - rank * warps * 32);
        return rank == from.clusterRank() ? name : name + " of " + from.nameOf(blocks[rank].number());
    }
}
