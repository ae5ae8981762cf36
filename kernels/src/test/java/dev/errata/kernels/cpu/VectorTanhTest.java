package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class VectorTanhTest {
    private static float[] tanh(float... x) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(4L * (x.length + Lanes.COUNT), 64);
            MemorySegment to = arena.allocate(4L * (x.length + Lanes.COUNT), 64);
            MemorySegment.copy(x, 0, from, ValueLayout.JAVA_FLOAT, 0, x.length);
            VectorTanh.apply(from.address(), x.length, to.address(), Exponentials.ofVectors());
            return to.asSlice(0, 4L * x.length).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void isWithinThreeUlpOverTheWholeRange() {
        float[] x = new float[400_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = -10f + i * 20f / (x.length - 1);
        }
        float[] y = tanh(x);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            double exact = Math.tanh(x[i]);
            worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThanOrEqualTo(3);
    }

    @Test
    void aShortRowHasTheBitsOfAWholeOne() {
        float[] x = new float[4 * Lanes.COUNT];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 2 * Lanes.COUNT) * 0.11f;
        }
        float[] whole = tanh(x);
        for (int i = 0; i < x.length; i++) {
            assertThat(tanh(x[i])).containsExactly(whole[i]);
        }
    }

    @Test
    void keepsTheLimits() {
        assertThat(tanh(Float.NEGATIVE_INFINITY, -1e30f, -20f, 0f, 20f, Float.POSITIVE_INFINITY, Float.NaN))
                .containsExactly(-1f, -1f, -1f, 0f, 1f, 1f, Float.NaN);
        assertThat(tanh(1e-30f, -1e-30f)).containsExactly(1e-30f, -1e-30f);
    }
}
