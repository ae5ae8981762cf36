package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
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
                assertThat(operator.difference(operator.run(reference), operator.run(cpu)))
                        .isEmpty();
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
}
