package dev.errata.kernels.sim.machine;

import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;

/** A block of a grid: its warps, shared memory and barriers. One object serves for one block of the launch after another. */
public final class Block {
    private static final int BARRIERS = 16;

    private final Grid grid;
    private final GlobalSpace global;
    private final ParameterSpace parameters;
    private final SharedMemory shared;
    private final Warp[] warps;
    private final Barrier[] barriers = new Barrier[BARRIERS];
    private final Finding.Index[] threads;

    private Finding.Index index;
    private int number;
    private int runningWarps;
    private long events;
    private long spent;
    private boolean abandoned;

    Block(Grid grid) {
        this.grid = grid;
        Program program = grid.program();
        Launch launch = grid.launch();
        global = grid.global();
        parameters = new ParameterSpace(grid.arguments());
        int warpCount = (launch.threads() + 31) / 32;
        shared = new SharedMemory(warpCount, program.sharedBytes() + launch.sharedBytes(), program.sharedGranule());
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
        shared.restart();
        for (Barrier b : barriers) {
            b.forget();
        }
        runningWarps = warps.length;
        events = 0;
        spent = 0;
        abandoned = false;
        global.flow().beginBlock(blockNumber);
        for (Warp w : warps) {
            w.restart();
        }
    }

    /** Runs all warps to their ends, or until they can't go on, which is reported. */
    void run() {
        while (runningWarps > 0 && !abandoned) {
            long before = events;
            boolean ran = false;
            for (Warp w : warps) {
                if (!w.ended() && w.canRun() && !abandoned) {
                    w.run();
                    ran = true;
                }
            }
            if (events == before && (!ran || onlyYielded())) {
                stuck();
            }
        }
    }

    private boolean onlyYielded() {
        for (Warp w : warps) {
            if (!w.ended() && w.canRun() && !w.yielded()) {
                return false;
            }
        }
        return true;
    }

    private void stuck() {
        abandoned = true;
        for (Warp w : warps) {
            if (!w.ended()) {
                w.reportStuck(barrierState());
                return;
            }
        }
    }

    private String barrierState() {
        StringBuilder s = new StringBuilder();
        for (Barrier b : barriers) {
            if (b.isAwaited()) {
                s.append(s.isEmpty() ? "" : ", ").append(b.state());
            }
        }
        return s.toString();
    }

    /** Something happened that another warp may wait for. */
    public void happened() {
        events++;
    }

    void spend(int instructions) {
        spent += instructions;
        if (spent > grid.mostInstructions() && !abandoned) {
            abandoned = true;
            report(
                    FindingKind.DEADLOCK,
                    grid.program().line(0),
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
        return warps.length;
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

    /** Of the block's cluster: addresses that name a block of it. */
    public Space clusterShared() {
        return shared;
    }

    /** A clock that moves on with the block's instructions. */
    public long clock() {
        return spent + events;
    }

    public Space parameters() {
        return parameters;
    }

    /** The kernel's arguments as bytes. */
    public byte[] arguments() {
        return parameters.data();
    }

    public Counters counters() {
        return grid.counters();
    }

    Finding.Index clusterIndex() {
        int[] c = grid.program().cluster();
        return new Finding.Index(index.x() % c[0], index.y() % c[1], index.z() % c[2]);
    }

    int clusterRank() {
        int[] c = grid.program().cluster();
        Finding.Index i = clusterIndex();
        return i.x() + c[0] * (i.y() + c[1] * i.z());
    }
}
