package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import java.lang.invoke.MethodHandles;

/** A predicate of each lane from two registers; {@link LoopCopies} makes a copy for each relation. */
final class RelationLoop implements Step {
    private static final Scalar.Relation F = LoopCopies.operation(MethodHandles.lookup(), Scalar.Relation.class);

    private final int to;
    private final int a;
    private final int b;

    RelationLoop(int[] slots) {
        to = slots[0];
        a = slots[1];
        b = slots[2];
    }

    @Override
    public void run(Warp warp, int lanes) {
        long[] x = warp.read(a, lanes);
        long[] y = warp.read(b, lanes);
        int truths = 0;
        for (int i = 0; i < 32; i++) {
            truths |= F.holds(x[i], y[i]) ? 1 << i : 0;
        }
        warp.setPredicate(to, lanes, truths);
    }
}
