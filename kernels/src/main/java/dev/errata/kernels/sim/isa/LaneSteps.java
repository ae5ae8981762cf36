package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;

/**
 * Steps that compute the same for each lane, of registers for a register. Each operation comes with a key of its own, see
 * {@link LoopCopies}: the opcode with its modifiers, and whatever else the operation depends on.
 */
final class LaneSteps {
    private LaneSteps() {}

    static Step unary(String key, Scalar.Unary f, int to, int a) {
        return LoopCopies.step(UnaryLoop.class, key, f, to, a);
    }

    static Step binary(String key, Scalar.Binary f, int to, int a, int b) {
        return LoopCopies.step(BinaryLoop.class, key, f, to, a, b);
    }

    static Step ternary(String key, Scalar.Ternary f, int to, int a, int b, int c) {
        return LoopCopies.step(TernaryLoop.class, key, f, to, a, b, c);
    }

    static Step quaternary(Scalar.Quaternary f, int to, int a, int b, int c, int d) {
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] y = warp.read(b, lanes);
            long[] z = warp.read(c, lanes);
            long[] u = warp.read(d, lanes);
            long[] out = warp.write(to, lanes);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                out[i] = f.of(x[i], y[i], z[i], u[i]);
            }
        };
    }

    /** Sets predicate {@code to} where the relation holds. */
    static Step relation(String key, Scalar.Relation f, int to, int a, int b) {
        return LoopCopies.step(RelationLoop.class, key, f, to, a, b);
    }

    /** Lanes of those given for which the relation holds. */
    static int where(Scalar.Relation f, long[] x, long[] y, int lanes) {
        int truths = 0;
        for (int i = 0; i < 32; i++) {
            truths |= f.holds(x[i], y[i]) ? 1 << i : 0;
        }
        return truths & lanes;
    }
}
