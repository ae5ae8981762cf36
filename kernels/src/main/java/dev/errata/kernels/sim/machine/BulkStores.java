package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.FindingKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Bulk copies from shared to global memory that a warp's threads started. They read as late as the threads' waits allow;
 * who overwrites the bytes before is told so.
 */
public final class BulkStores {
    private record Store(int lane, int group, int pc, Runnable landing) {}

    private final Warp warp;
    private final int[] committed = new int[32];
    private final List<Store> flying = new ArrayList<>();

    BulkStores(Warp warp) {
        this.warp = warp;
    }

    void clear() {
        flying.clear();
        java.util.Arrays.fill(committed, 0);
    }

    public void start(int lane, Runnable landing) {
        flying.add(new Store(lane, committed[lane], warp.pc(), landing));
    }

    public void commit(int lanes) {
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            committed[Integer.numberOfTrailingZeros(rest)]++;
        }
    }

    /** All but the last {@code open} groups of these lanes are done. */
    public void waitForAllBut(int open, int lanes) {
        for (int i = 0; i < flying.size(); ) {
            Store store = flying.get(i);
            if ((lanes >>> store.lane & 1) != 0 && store.group < committed[store.lane] - open) {
                flying.remove(i);
                store.landing.run();
            } else {
                i++;
            }
        }
    }

    /** The threads end; what they started has no shared memory to read from any more. */
    void end(int lanes) {
        for (int i = 0; i < flying.size(); ) {
            Store store = flying.get(i);
            if ((lanes >>> store.lane & 1) == 0) {
                i++;
                continue;
            }
            flying.remove(i);
            warp.reportAt(
                    store.pc,
                    FindingKind.MISSING_WAIT,
                    store.lane,
                    0,
                    "the thread ends before this copy has read shared memory");
            store.landing.run();
        }
    }
}
