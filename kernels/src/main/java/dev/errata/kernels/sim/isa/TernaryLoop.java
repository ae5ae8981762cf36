package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import java.lang.invoke.MethodHandles;

/** A register of each lane from three others; {@link LoopCopies} makes a copy for each operation. */
final class TernaryLoop implements Step {
    private static final Scalar.Ternary F = LoopCopies.operation(MethodHandles.lookup(), Scalar.Ternary.class);

    private final int to;
    private final int a;
    private final int b;
    private final int c;

    TernaryLoop(int[] slots) {
        to = slots[0];
        a = slots[1];
        b = slots[2];
        c = slots[3];
    }

    @Override
    public void run(Warp warp, int lanes) {
        long[] x = warp.read(a, lanes);
        long[] y = warp.read(b, lanes);
        long[] z = warp.read(c, lanes);
        long[] out = warp.write(to, lanes);
        if (lanes == -1) {
            for (int i = 0; i < 32; i++) {
                out[i] = F.of(x[i], y[i], z[i]);
            }
        } else {
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                out[i] = F.of(x[i], y[i], z[i]);
            }
        }
    }
}
