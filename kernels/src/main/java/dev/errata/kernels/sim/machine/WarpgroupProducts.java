package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.FindingKind;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code wgmma} products of a warp that are not waited for. Each reads shared memory and adds to its registers when
 * it is waited for, and not before; until then the registers hold nothing.
 */
public final class WarpgroupProducts {
    private record Product(int group, int[] slots, Runnable landing) {}

    private final Warp warp;
    private final List<Product> flying = new ArrayList<>();
    private final int[] uses;
    private int committed;
    private boolean fenced;

    WarpgroupProducts(Warp warp) {
        this.warp = warp;
        uses = new int[warp.program().registers()];
    }

    void clear() {
        flying.clear();
        java.util.Arrays.fill(uses, 0);
        committed = 0;
        fenced = false;
    }

    /** {@code wgmma.fence}: what the registers hold from ordinary instructions may be used by products. */
    public void fence() {
        fenced = true;
    }

    public boolean isFenced() {
        return fenced;
    }

    /**
     * @param slots of the sums
     * @param landing computes them, with the registers as they were before
     */
    public void start(int[] slots, Runnable landing) {
        for (int slot : slots) {
            if (uses[slot]++ == 0) {
                warp.write(slot, -1, 0);
            } else if (warp.holds(slot) != 0) {
                warp.report(FindingKind.MISSING_WAIT, 0, 0, "a register of a product in flight was written");
            }
        }
        flying.add(new Product(committed, slots, landing));
    }

    public boolean isFlying(int slot) {
        return uses[slot] > 0;
    }

    public void commit() {
        committed++;
    }

    /** All but the last {@code open} groups are done. */
    public void waitForAllBut(int open) {
        while (!flying.isEmpty() && flying.getFirst().group < committed - open) {
            landFirst();
        }
        fenced &= !flying.isEmpty();
    }

    /** All are done, waited for or not. */
    void land() {
        while (!flying.isEmpty()) {
            landFirst();
        }
    }

    private void landFirst() {
        Product first = flying.removeFirst();
        for (int slot : first.slots) {
            uses[slot]--;
            if (warp.holds(slot) != 0) {
                warp.report(FindingKind.MISSING_WAIT, 0, 0, "a register of a product in flight was written");
            }
        }
        first.landing.run();
        for (int slot : first.slots) {
            warp.write(slot, -1, uses[slot] == 0 ? -1 : 0);
        }
    }
}
