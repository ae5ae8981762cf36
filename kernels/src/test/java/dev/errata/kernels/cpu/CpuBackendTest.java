package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The CPU backend against the reference, operator by operator. */
class CpuBackendTest {
    @Test
    void agreesWithTheReferenceOnEveryOperator() {
        try (ReferenceBackend reference = new ReferenceBackend();
                CpuBackend cpu = new CpuBackend(2)) {
            for (OperatorCase operator : OperatorCases.all()) {
                compare(operator, operator.run(reference), operator.run(cpu));
                assertThat(cpu.liveBytes()).as(operator.name()).isZero();
            }
        }
    }

    @Test
    void hasTheSameBitsForAnyNumberOfThreads() {
        try (CpuBackend one = new CpuBackend(1);
                CpuBackend two = new CpuBackend(2);
                CpuBackend three = new CpuBackend(3)) {
            for (OperatorCase operator : OperatorCases.all()) {
                List<double[]> expected = operator.run(one);
                assertSame(operator, expected, operator.run(two));
                assertSame(operator, expected, operator.run(three));
            }
        }
    }

    private static void assertSame(OperatorCase operator, List<double[]> expected, List<double[]> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as(operator.name() + ", output " + i).isEqualTo(expected.get(i));
        }
    }

    private static void compare(OperatorCase operator, List<double[]> expected, List<double[]> actual) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int output = 0; output < expected.size(); output++) {
            double[] right = expected.get(output);
            double[] ours = actual.get(output);
            double largest = 1;
            for (double value : right) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int i = 0; i < right.length; i++) {
                if (!(Math.abs(ours[i] - right[i]) <= operator.tolerance() * largest)) {
                    throw new AssertionError(operator.name() + ", output " + output + ", element " + i + ": " + ours[i]
                            + " instead of " + right[i] + ", largest " + largest);
                }
            }
        }
    }
}
