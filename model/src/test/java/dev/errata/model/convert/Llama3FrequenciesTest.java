package dev.errata.model.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.config.RopeConfig.Scaling;
import org.junit.jupiter.api.Test;

class Llama3FrequenciesTest {
    private static final double THETA = 500000;

    /** LLaMA 3.2 1B: the divisors of llama.cpp's converter, computed with torch in f32. */
    @Test
    void divisorsAreThoseOfTheConverter() {
        float[] divisors = Llama3Frequencies.divisors(new Scaling.Llama3(32, 1, 4, 8192), THETA, 64);
        assertThat(divisors).hasSize(32);
        for (int i = 0; i < 32; i++) {
            float wanted = switch (i) {
                case 15 -> 1.6513293f;
                case 16 -> 3.2922628f;
                case 17 -> 9.666731f;
                default -> i < 15 ? 1 : 32;
            };
            assertThat(divisors[i]).as("divisor %d", i).isEqualTo(wanted);
        }
    }

    @Test
    void theScalingFollowsFromItsDivisors() {
        Scaling.Llama3 scaling = new Scaling.Llama3(8, 1, 4, 8192);
        float[] divisors = Llama3Frequencies.divisors(scaling, THETA, 128);
        assertThat(Llama3Frequencies.of(divisors, new Scaling.Llama3(1, 1, 4, 8192), THETA))
                .contains(scaling);
    }

    @Test
    void otherDivisorsAreNoScaling() {
        Scaling.Llama3 guess = new Scaling.Llama3(1, 1, 4, 8192);
        assertThat(Llama3Frequencies.of(new float[] {1, 2, 3, 2}, guess, THETA)).isEmpty();
        assertThat(Llama3Frequencies.of(new float[] {1, Float.NaN}, guess, THETA))
                .isEmpty();
    }
}
