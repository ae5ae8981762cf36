package dev.errata.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Philox;
import org.junit.jupiter.api.Test;

class NormalFloatsTest {
    @Test
    void drawsAreThoseOfPhiloxInEveryBit() {
        int count = 1_000_003;
        float[] drawn = new float[count + 2];
        for (double deviation : new double[] {0.02, 1, 1e-40}) {
            for (long seed : new long[] {0, -7}) {
                long index = (1L << 32) - count / 2;
                new NormalFloats().draw(seed, 5, index, deviation, drawn, 1, count);
                for (int i = 0; i < count; i++) {
                    float expected = (float) (deviation * Philox.normal(seed, 5, index + i));
                    if (Float.floatToRawIntBits(drawn[1 + i]) != Float.floatToRawIntBits(expected)) {
                        assertThat(drawn[1 + i])
                                .as("draw %d of %s", i, deviation)
                                .isEqualTo(expected);
                    }
                }
            }
        }
        assertThat(drawn[0]).isZero();
        assertThat(drawn[count + 1]).isZero();
    }
}
