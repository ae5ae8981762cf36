package dev.errata.kernels.sim.machine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Copies into shared memory that are on their way. They land one at a time, and only when no warp of the cluster can go
 * on without: what doesn't wait for them meets bytes that have not come.
 */
public final class BulkLoads {
    private final Deque<Runnable> flying = new ArrayDeque<>();

    void clear() {
        flying.clear();
    }

    public void start(Runnable landing) {
        flying.add(landing);
    }

    /** Whether there was one to land. */
    boolean landOne() {
        Runnable next = flying.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }
}
