package dev.errata.kernels.sim.machine;

import java.util.Arrays;

/**
 * The {@code cp.async} copies of a warp's threads that are on their way. Each thread's copies land in groups, in order,
 * and as late as the thread's waits allow: a kernel that waits too little meets bytes that have not come.
 */
public final class AsyncCopies {
    private final Warp warp;
    private final int[] committed = new int[32];

    private int count;
    private int[] lanes = new int[256];
    private int[] groups = new int[256];
    private long[] from = new long[256];
    private int[] to = new int[256];
    private int[] bytes = new int[256];
    private int[] fromBytes = new int[256];

    AsyncCopies(Warp warp) {
        this.warp = warp;
    }

    void clear() {
        count = 0;
        Arrays.fill(committed, 0);
    }

    /**
     * A lane starts a copy from global to shared memory.
     *
     * @param size bytes written: 4, 8 or 16
     * @param read bytes that come from global memory, the rest are zeros
     */
    public void start(int lane, long source, int target, int size, int read) {
        SharedMemory shared = warp.block().shared();
        if ((read > 0 && !warp.block().global().readable(warp, lane, source, size))
                || !shared.writable(warp, lane, target, size)) {
            return;
        }
        if (count == lanes.length) {
            grow();
        }
        lanes[count] = lane;
        groups[count] = committed[lane];
        from[count] = source;
        to[count] = target;
        bytes[count] = size;
        fromBytes[count++] = read;
        shared.poison(target, size);
    }

    private void grow() {
        int size = 2 * count;
        lanes = Arrays.copyOf(lanes, size);
        groups = Arrays.copyOf(groups, size);
        from = Arrays.copyOf(from, size);
        to = Arrays.copyOf(to, size);
        bytes = Arrays.copyOf(bytes, size);
        fromBytes = Arrays.copyOf(fromBytes, size);
    }

    /** What these lanes started since their last commit is a group. */
    public void commit(int those) {
        for (int rest = those; rest != 0; rest &= rest - 1) {
            committed[Integer.numberOfTrailingZeros(rest)]++;
        }
    }

    /** Lets all but the last {@code open} groups of these lanes land. */
    public void waitForAllBut(int open, int those) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int lane = lanes[i];
            if ((those >>> lane & 1) != 0 && groups[i] < committed[lane] - open) {
                land(i);
            } else {
                move(i, kept++);
            }
        }
        count = kept;
    }

    private void land(int i) {
        GlobalSpace global = warp.block().global();
        SharedMemory shared = warp.block().shared();
        int lane = lanes[i];
        for (int at = 0; at < bytes[i]; at += 4) {
            int size = Math.max(0, Math.min(4, fromBytes[i] - at));
            long value = size == 0 ? 0 : global.get(warp, lane, from[i] + at, 4) & (1L << (8 * size)) - 1;
            shared.put(warp, lane, to[i] + at, 4, value);
        }
        shared.land(to[i], bytes[i]);
        shared.races().write(warp.clock(), lane, to[i], bytes[i]);
    }

    private void move(int i, int k) {
        lanes[k] = lanes[i];
        groups[k] = groups[i];
        from[k] = from[i];
        to[k] = to[i];
        bytes[k] = bytes[i];
        fromBytes[k] = fromBytes[i];
    }
}
