package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.TokenDistribution;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class StrictExpTest {
    /** Bounds between fdlibm's cases, and what floats can't tell from them. */
    private static final double[] EDGES = {
        0,
        0x1p-28,
        0x1p-29,
        Math.log(2) / 2,
        Double.longBitsToDouble(0x3fd62e43L << 32),
        1.5 * Math.log(2),
        708,
        707.99,
        1e30
    };

    @Test
    void hasTheBitsOfStrictMath() {
        float[] x = new float[200_000];
        for (int i = 0; i < x.length; i++) {
            float u = Philox.uniform(1, 2, i);
            x[i] = switch (i % 4) {
                case 0 -> -750 * u;
                case 1 -> -3 * u;
                case 2 -> -0x1p-20f * u;
                default -> (float) -EDGES[i % EDGES.length] * (1 + (u - 0.5f) * 0x1p-20f);
            };
        }
        x[0] = Float.NEGATIVE_INFINITY;
        for (float most : new float[] {0, 1e-9f, 0.34657f, 88.5f, 3e38f}) {
            same(x, most);
        }
    }

    private static void same(float[] x, float most) {
        int count = Lanes.ceil(x.length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(4L * count, 64);
            MemorySegment to = arena.allocate(8L * count, 64);
            MemorySegment.copy(x, 0, from, ValueLayout.JAVA_FLOAT, 0, x.length);
            StrictExp.apply(from.address(), most, count, to.address());
            double[] e = to.asSlice(0, 8L * x.length).toArray(ValueLayout.JAVA_DOUBLE);
            double[] expected = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                double below = x[i] - (double) most;
                expected[i] = below < TokenDistribution.NEGLIGIBLE ? 0 : StrictMath.exp(below);
            }
            assertThat(e).isEqualTo(expected);
        }
    }
}
