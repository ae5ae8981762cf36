package dev.errata.tensor.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GradientsTest {
    /**
     * The loss is a sum of f32 numbers of about 1, each off by 6e-8, and differences are divided by 0.02: some 1e-5. The
     * fourth-order rule is off by 30 h⁴ at most, 5e-6, times a fifth derivative.
     */
    private static final double TOLERANCE = 1e-3;

    static List<GradientCase> cases() {
        return GradientCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsFiniteDifferences(GradientCase function) {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            List<float[]> taped = function.taped(backend);
            for (int input = 0; input < taped.size(); input++) {
                float[] gradient = taped.get(input);
                double largest = 1;
                for (float value : gradient) {
                    largest = Math.max(largest, Math.abs(value));
                }
                for (int i = 0; i < gradient.length; i++) {
                    assertThat((double) gradient[i])
                            .as("%s, input %d, element %d", function, input, i)
                            .isCloseTo(function.difference(backend, input, i), within(TOLERANCE * largest));
                }
            }
            assertThat(backend.liveBytes()).isZero();
        }
    }
}
