package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class VectorExpTest {
    private static float[] exp(float... x) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4L * (x.length + Lanes.COUNT), 64);
            MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, x.length);
            VectorExp.apply(memory.address(), 1, 0, x.length, memory.address());
            return memory.asSlice(0, 4L * x.length).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void isWithinTwoUlpOverTheWholeRange() {
        float[] x = new float[400_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = -87.3f + i * (88.7f + 87.3f) / (x.length - 1);
        }
        float[] y = exp(x);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            double exact = Math.exp(x[i]);
            worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThanOrEqualTo(2);
    }

    @Test
    void keepsTheLimits() {
        float[] y = exp(
                Float.NEGATIVE_INFINITY,
                -1e30f,
                -88f,
                0f,
                -0f,
                88.8f,
                1e30f,
                Float.POSITIVE_INFINITY,
                Float.NaN,
                -Float.MIN_VALUE);
        assertThat(y)
                .containsExactly(
                        0f,
                        0f,
                        0f,
                        1f,
                        1f,
                        Float.POSITIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        Float.NaN,
                        1f);
    }
}
