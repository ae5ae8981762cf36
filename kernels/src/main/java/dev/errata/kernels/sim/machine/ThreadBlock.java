package dev.errata.kernels.sim.machine;

import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;
import java.util.LinkedHashMap;
import java.util.Map;

/** A block of a grid: its warps, shared memory and barriers. One object serves for one block of the launch after another. */
public final class ThreadBlock {
    private static final int BARRIERS = 16;

    private final Grid grid;
    private final ParameterSpace parameters;
    private final SharedMemory shared;
    private final Warp[] warps;
    private final Barrier[] barriers = new Barrier[BARRIERS];
    private final Finding.Index[] threads;

    private final Cluster cluster;
    private final int clusterRank;
    private final Map<Integer, Mbarrier> mbarriers = new LinkedHashMap<>();

    private GlobalSpace global;
    private Finding.Index index;
    private int number;
    private int runningWarps;
    private long spent;

    ThreadBlock(Grid grid, Cluster cluster, int clusterRank) {
        this.grid = grid;
        this.cluster = cluster;
        this.clusterRank = clusterRank;
        Program program = grid.program();
        Launch launch = grid.launch();
        parameters = new ParameterSpace(grid.arguments());
        int warpCount = (launch.threads() + 31) / 32;
        shared = new SharedMemory(
                this, cluster.clocks(), program.sharedBytes() + launch.sharedBytes(), program.sharedGranule());
        threads = new Finding.Index[warpCount * 32];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Finding.Index(
                    t % launch.blockX(), t / launch.blockX() % launch.blockY(), t / launch.blockX() / launch.blockY());
        }
        for (int i = 0; i < BARRIERS; i++) {
            barriers[i] = new Barrier(this, i);
        }
        warps = new Warp[warpCount];
        for (int w = 0; w < warps.length; w++) {
            warps[w] = new Warp(this, w);
        }
    }

    void restart(int blockNumber) {
        number = blockNumber;
        index = grid.index(blockNumber);
        global = grid.globalFor(blockNumber);
        shared.restart();
        mbarriers.clear();
        for (Barrier b : barriers) {
            b.forget();
        }
        runningWarps = warps.length;
        spent = 0;
        for (Warp w : warps) {
            w.restart();
        }
    }

    /** Gives each warp that can run a turn; returns whether one did more than to try in vain. */
    boolean runWarps() {
        boolean progresses = false;
        for (Warp w : warps) {
            if (!w.ended() && w.canRun() && !cluster.isAbandoned()) {
                w.run();
                progresses |= !w.yielded();
            }
        }
        return progresses;
    }

    /** No warp of the cluster can go on; returns whether one of this block's is among them. */
    boolean reportStuck(String clusterState) {
        for (Warp w : warps) {
            if (!w.ended()) {
                w.reportStuck(states(clusterState));
                return true;
            }
        }
        return false;
    }

    private String states(String clusterState) {
        StringBuilder s = new StringBuilder(clusterState);
        for (Barrier b : barriers) {
            if (b.isAwaited()) {
                s.append(s.isEmpty() ? "" : ", ").append(b.state());
            }
        }
        if (s.isEmpty()) {
            mbarriers.values().stream()
                    .map(Mbarrier::state)
                    .distinct()
                    .limit(4)
                    .forEach(state -> s.append(s.isEmpty() ? "" : ", ").append(state));
        }
        return s.toString();
    }

    /** Something happened that another warp may wait for. */
    public void happened() {
        cluster.happened();
    }

    void spend(int instructions) {
        spent += instructions;
        if (spent > grid.mostInstructions() && !cluster.isAbandoned()) {
            cluster.abandon();
            report(
                    FindingKind.DEADLOCK,
                    grid.program().line(grid.program().entry()),
                    threads[0],
                    0,
                    "no end after " + grid.mostInstructions() + " instructions of the block's warps");
        }
    }

    void warpEnded() {
        runningWarps--;
        happened();
        for (Barrier b : barriers) {
            b.openIfFull();
        }
    }

    int runningThreads() {
        int sum = 0;
        for (Warp w : warps) {
            sum += Integer.bitCount(w.running());
        }
        return sum;
    }

    public Cluster cluster() {
        return cluster;
    }

    /** The mbarriers of the block by their addresses. */
    public Map<Integer, Mbarrier> mbarriers() {
        return mbarriers;
    }

    /** The block of the cluster whose shared memory an address names; without a rank in it, this one. */
    public ThreadBlock at(long sharedAddress) {
        int rank = (int) (sharedAddress >>> ClusterAddress.RANK_SHIFT) & 0xFF;
        return rank == 0 || rank > cluster.size() ? this : cluster.block(rank - 1);
    }

    int runningWarps() {
        return runningWarps;
    }

    void report(FindingKind kind, int line, Finding.Index thread, long address, String text) {
        grid.findings().add(new Finding(kind, grid.program().kernel(), line, index, thread, address, text, 1));
    }

    /** A block by its number, for messages. */
    String nameOf(int blockNumber) {
        return "block " + grid.index(blockNumber);
    }

    public Finding.Index thread(int t) {
        return threads[t];
    }

    public Barrier barrier(int i) {
        return barriers[i];
    }

    public int warps() {
        return threads.length / 32;
    }

    public Launch launch() {
        return grid.launch();
    }

    public Program program() {
        return grid.program();
    }

    public Finding.Index index() {
        return index;
    }

    public int number() {
        return number;
    }

    public GlobalSpace global() {
        return global;
    }

    public SharedMemory shared() {
        return shared;
    }

    /** Shared memory of the cluster, by addresses that name a block of it. */
    public Space clusterShared() {
        return ClusterAddress.SPACE;
    }

    /** A clock that moves on with the block's instructions. */
    public long clock() {
        return spent;
    }

    public Space parameters() {
        return parameters;
    }

    /** The tensor map at a generic address, among the kernel's arguments or in global memory, or null. */
    public TensorDescriptor tensorMap(long address) {
        if (GenericSpace.of(warps[0], address) == parameters) {
            return TensorDescriptor.decode(parameters.data(), (int) GenericSpace.within(address));
        }
        byte[] copy = global.copy(address, TensorDescriptor.BYTES);
        return copy == null ? null : TensorDescriptor.decode(copy, 0);
    }

    public Counters counters() {
        return grid.counters();
    }

    Finding.Index clusterIndex() {
        int[] c = grid.program().cluster();
        return new Finding.Index(index.x() % c[0], index.y() % c[1], index.z() % c[2]);
    }

    public int clusterRank() {
        return clusterRank;
    }
}
