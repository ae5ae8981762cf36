package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.FindingKind;
import java.util.ArrayList;
import java.util.List;

/**
 * One of a block's numbered barriers. It counts warps as 32 threads each, as the hardware does, and is full when as many
 * threads have come as the first comer asked for, or all that still run.
 */
public final class Barrier {
    /** For {@code bar.red}: takes what all lanes that came gave. */
    public interface Outcome {
        void take(int trueLanes, int allLanes);
    }

    private record Waiting(Warp warp, int fragmentLanes, Outcome outcome) {}

    private final ThreadBlock block;
    private final int number;
    private final List<Waiting> waiting = new ArrayList<>();
    private long[] knowledge;
    private int arrived;
    private int wanted;
    private int trueLanes;
    private int allLanes;

    Barrier(ThreadBlock block, int number) {
        this.block = block;
        this.number = number;
        forget();
    }

    void forget() {
        waiting.clear();
        knowledge = block.cluster().clocks().nothing();
        arrived = 0;
        wanted = 0;
        trueLanes = 0;
        allLanes = 0;
    }

    /**
     * @param threads that the barrier waits for, 0 for all of the block
     * @param waits {@code bar.sync} does, {@code bar.arrive} doesn't
     * @param outcome null without a reduction
     * @param truths lanes whose predicate holds
     */
    public void arrive(Warp warp, int lanes, int threads, boolean waits, Outcome outcome, int truths) {
        if (arrived == 0) {
            wanted = threads;
        } else if (wanted != threads) {
            warp.report(
                    FindingKind.BARRIER,
                    Integer.numberOfTrailingZeros(lanes),
                    0,
                    "barrier " + number + " is used for " + threads + " threads while others wait there for " + wanted);
        }
        arrived += 32;
        trueLanes += Integer.bitCount(truths);
        allLanes += Integer.bitCount(lanes);
        block.cluster().clocks().release(warp.clock(), knowledge);
        block.happened();
        if (waits) {
            waiting.add(new Waiting(warp, lanes, outcome));
            warp.waitBehind(lanes);
        } else {
            block.cluster().clocks().tick(warp.clock());
        }
        if (wanted != 0 && arrived > wanted) {
            warp.report(
                    FindingKind.BARRIER,
                    Integer.numberOfTrailingZeros(lanes),
                    0,
                    "more than " + wanted + " threads come to barrier " + number);
        }
        openIfFull();
    }

    /** When a warp has ended too, for those that wait for all threads. */
    void openIfFull() {
        if (arrived > 0 && arrived >= threadsWanted()) {
            open();
        }
    }

    private int threadsWanted() {
        return wanted == 0 ? 32 * block.runningWarps() : wanted;
    }

    boolean isAwaited() {
        return !waiting.isEmpty();
    }

    String state() {
        return arrived + " of " + threadsWanted() + " threads at barrier " + number;
    }

    private void open() {
        List<Waiting> all = List.copyOf(waiting);
        long[] passedOn = knowledge;
        int truths = trueLanes;
        int lanes = allLanes;
        forget();
        for (Waiting w : all) {
            block.cluster().clocks().acquire(w.warp.clock(), passedOn);
            block.cluster().clocks().tick(w.warp.clock());
            w.warp.unblock(w.fragmentLanes);
            if (w.outcome != null) {
                w.outcome.take(truths, lanes);
            }
        }
    }
}
