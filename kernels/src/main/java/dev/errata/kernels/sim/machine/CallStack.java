package dev.errata.kernels.sim.machine;

import java.util.Arrays;

/** Where each lane of a warp returns to from device functions. */
public final class CallStack {
    private static final int DEEPEST = 64;

    private final int[][] returns = new int[32][DEEPEST];
    private final int[] depth = new int[32];
    private boolean used;

    void clear() {
        if (used) {
            Arrays.fill(depth, 0);
            used = false;
        }
    }

    /** These lanes call, and will return to a step. */
    public void push(int lanes, int step) {
        used = true;
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            int lane = Integer.numberOfTrailingZeros(rest);
            returns[lane][depth[lane]++] = step;
        }
    }

    /** These lanes return; without a caller they end. */
    public void pop(Warp warp, int lanes) {
        int rest = lanes;
        while (rest != 0) {
            int first = Integer.numberOfTrailingZeros(rest);
            int step = top(first);
            int together = 0;
            for (int r = rest; r != 0; r &= r - 1) {
                int lane = Integer.numberOfTrailingZeros(r);
                if (top(lane) == step) {
                    together |= 1 << lane;
                }
            }
            rest &= ~together;
            if (step < 0) {
                warp.exit(together);
                continue;
            }
            for (int r = together; r != 0; r &= r - 1) {
                depth[Integer.numberOfTrailingZeros(r)]--;
            }
            warp.jump(step, together);
        }
    }

    private int top(int lane) {
        return depth[lane] == 0 ? -1 : returns[lane][depth[lane] - 1];
    }

    /** Whether two groups of lanes, each of one history, have the same callers. */
    boolean sameReturn(int some, int others) {
        if (!used || some == 0) {
            return true;
        }
        int a = Integer.numberOfTrailingZeros(some);
        int b = Integer.numberOfTrailingZeros(others);
        return depth[a] == depth[b] && Arrays.equals(returns[a], 0, depth[a], returns[b], 0, depth[b]);
    }
}
