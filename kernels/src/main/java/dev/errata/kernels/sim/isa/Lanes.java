package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;

/** Steps that compute the same for each lane, of registers for a register. */
final class Lanes {
    private Lanes() {}

    static Step unary(Scalar.Unary f, int to, int a) {
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] out = warp.write(to, lanes);
            if (lanes == -1) {
                for (int i = 0; i < 32; i++) {
                    out[i] = f.of(x[i]);
                }
            } else {
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    out[i] = f.of(x[i]);
                }
            }
        };
    }

    static Step binary(Scalar.Binary f, int to, int a, int b) {
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] y = warp.read(b, lanes);
            long[] out = warp.write(to, lanes);
            if (lanes == -1) {
                for (int i = 0; i < 32; i++) {
                    out[i] = f.of(x[i], y[i]);
                }
            } else {
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    out[i] = f.of(x[i], y[i]);
                }
            }
        };
    }

    static Step ternary(Scalar.Ternary f, int to, int a, int b, int c) {
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] y = warp.read(b, lanes);
            long[] z = warp.read(c, lanes);
            long[] out = warp.write(to, lanes);
            if (lanes == -1) {
                for (int i = 0; i < 32; i++) {
                    out[i] = f.of(x[i], y[i], z[i]);
                }
            } else {
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    out[i] = f.of(x[i], y[i], z[i]);
                }
            }
        };
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

    /** Lanes of those given for which the relation holds. */
    static int where(Scalar.Relation f, long[] x, long[] y, int lanes) {
        int truths = 0;
        for (int i = 0; i < 32; i++) {
            truths |= f.holds(x[i], y[i]) ? 1 << i : 0;
        }
        return truths & lanes;
    }
}
