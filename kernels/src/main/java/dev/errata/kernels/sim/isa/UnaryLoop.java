package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import java.lang.invoke.MethodHandles;

/** A register of each lane from one other; {@link LoopCopies} makes a copy for each operation. */
final class UnaryLoop implements Step {
    private static final Scalar.Unary F = LoopCopies.operation(MethodHandles.lookup(), Scalar.Unary.class);

    private final int to;
    private final int a;

    UnaryLoop(int[] slots) {
        to = slots[0];
        a = slots[1];
    }

    @Override
    public void run(Warp warp, int lanes) {
        long[] x = warp.read(a, lanes);
        long[] out = warp.write(to, lanes);
        if (lanes == -1) {
            for (int i = 0; i < 32; i++) {
                out[i] = F.of(x[i]);
            }
        } else {
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                out[i] = F.of(x[i]);
            }
        }
    }
}
