package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.Clocks;
import dev.errata.kernels.sim.check.FindingKind;

/**
 * An mbarrier object in shared memory: a phase is over when as many arrivals as it was made for have come, and as many
 * bytes as were announced have landed.
 */
public final class Mbarrier {
    private final Clocks clocks;
    private final int arrivals;
    private final int maker;
    private final long madeAt;
    private int missing;
    private long bytes;
    private long phase;
    private long[] gathering;
    private long[] passedOn;

    public Mbarrier(Warp maker, int arrivals) {
        clocks = maker.block().cluster().clocks();
        this.maker = maker.clock();
        madeAt = clocks.now(maker.clock());
        this.arrivals = arrivals;
        missing = arrivals;
        gathering = clocks.nothing();
        passedOn = clocks.nothing();
    }

    /** Whether what the warp does now happens after the barrier was made. */
    public boolean isKnownTo(Warp warp) {
        return warp.clock() == maker || clocks.known(warp.clock(), maker) >= madeAt;
    }

    /** Phases that are over. */
    public long phase() {
        return phase;
    }

    public int missing() {
        return missing;
    }

    /** More bytes will land in this phase. */
    public void expect(long more) {
        bytes += more;
    }

    /** Arrivals of a lane; what its warp did before happens before what those do that see the phase's end. */
    public void arrive(Warp warp, int lane, int count) {
        if (count > missing) {
            warp.report(
                    FindingKind.BARRIER,
                    lane,
                    0,
                    count + " arrivals at an mbarrier whose phase misses " + missing + " of " + arrivals
                            + (bytes == 0 ? "" : " and " + bytes + " bytes"));
        }
        clocks.release(warp.clock(), gathering);
        clocks.tick(warp.clock());
        missing -= Math.min(count, missing);
        endIfWhole();
    }

    /** Arrivals that copies announced, without a thread's own. */
    public void arriveForCopies(int clock) {
        clocks.release(clock, gathering);
        missing = Math.max(0, missing - 1);
        endIfWhole();
    }

    /** Bytes have landed. */
    public void landed(long count) {
        bytes -= count;
        clocks.release(clocks.copies(), gathering);
        clocks.tick(clocks.copies());
        endIfWhole();
    }

    /** {@code .noinc} is absent: the copies' arrival is one more than the barrier was made for. */
    public void expectArrival() {
        missing++;
    }

    private void endIfWhole() {
        if (missing == 0 && bytes == 0) {
            phase++;
            missing = arrivals;
            passedOn = gathering;
            gathering = clocks.nothing();
        }
    }

    /** A warp saw that a phase is over. */
    public void seenBy(Warp warp) {
        clocks.acquire(warp.clock(), passedOn);
    }

    String state() {
        return "an mbarrier misses " + missing + " of " + arrivals + " arrivals"
                + (bytes == 0 ? "" : " and " + bytes + " bytes") + " in phase " + phase;
    }
}
