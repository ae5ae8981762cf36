package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The CPU backend against the reference, operator by operator. */
class CpuBackendTest {
    /** By machine code, where it is here, and by the Vector API alone. */
    @Test
    void agreesWithTheReferenceOnEveryOperator() {
        try (ReferenceBackend reference = new ReferenceBackend();
                CpuBackend cpu = new CpuBackend(2);
                CpuBackend vectors = new CpuBackend(2, null)) {
            for (OperatorCase operator : OperatorCases.all()) {
                List<OperatorCase.Output> expected = operator.run(reference);
                for (CpuBackend each : List.of(cpu, vectors)) {
                    assertThat(operator.difference(expected, operator.run(each)))
                            .as(each == cpu ? "as it is opened" : "without machine code")
                            .isEmpty();
                    assertThat(each.liveBytes()).as(operator.name()).isZero();
                }
            }
        }
    }

    /** Integers are added exactly, and scaled in one order. */
    @Test
    void rowsOf8BitsHaveTheSameBitsWithAndWithoutMachineCode() {
        try (CpuBackend cpu = new CpuBackend(2);
                CpuBackend vectors = new CpuBackend(2, null)) {
            for (OperatorCase operator : OperatorCases.all()) {
                if (operator.hasEightBitRows()) {
                    assertSame(operator, operator.run(vectors), operator.run(cpu));
                }
            }
        }
    }

    @Test
    void hasTheSameBitsForAnyNumberOfThreads() {
        try (CpuBackend one = new CpuBackend(1);
                CpuBackend two = new CpuBackend(2);
                CpuBackend three = new CpuBackend(3)) {
            for (OperatorCase operator : OperatorCases.all()) {
                List<OperatorCase.Output> expected = operator.run(one);
                assertSame(operator, expected, operator.run(two));
                assertSame(operator, expected, operator.run(three));
            }
        }
    }

    @Test
    void aRowWithNanOrWithNothingLeftHasNoToken() {
        int vocabulary = 67; // not a whole number of vectors
        int[] all = IntStream.range(0, vocabulary).toArray();
        float[] logits = new float[8 * vocabulary];
        logits[3] = Float.NaN;
        logits[2 * vocabulary - 1] = Float.NaN;
        logits[2 * vocabulary + 5] = Float.NaN; // which is forbidden
        logits[4 * vocabulary + 66] = Float.NaN;
        Arrays.fill(logits, 5 * vocabulary, 7 * vocabulary, Float.NEGATIVE_INFINITY);
        logits[7 * vocabulary + 1] = Float.POSITIVE_INFINITY;
        SampleRequest greedy = new SampleRequest(SamplerSettings.GREEDY, new int[0], 1, 1, 0);
        SampleRequest sampled = new SampleRequest(SamplerSettings.of(1, 0.5), new int[0], 1, 1, 0);
        List<SampleRequest> rows = List.of(
                greedy,
                greedy,
                new SampleRequest(SamplerSettings.GREEDY, new int[0], new int[] {5}, 1, 1, 0),
                new SampleRequest(SamplerSettings.GREEDY, new int[0], all, 1, 1, 0),
                sampled,
                greedy,
                sampled,
                sampled);
        int[] chosen = new int[rows.size()];
        try (CpuBackend cpu = new CpuBackend(2);
                Scope scope = new Scope("test", cpu)) {
            Tensor out = scope.ids("out", chosen);
            SamplingState state = SamplingState.of(scope, rows, 1);
            cpu.run(new Op.SampleTokens(
                    scope.floats("logits", logits, rows.size(), vocabulary),
                    SamplingState.allSlots(scope, rows.size()),
                    state.history(),
                    state.rules(),
                    out));
            cpu.download(out, MemorySegment.ofArray(chosen));
        }
        assertThat(chosen).containsOnly(Op.SampleTokens.NO_TOKEN);
    }

    private static void assertSame(
            OperatorCase operator, List<OperatorCase.Output> expected, List<OperatorCase.Output> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).values())
                    .as(operator.name() + ", output " + i)
                    .isEqualTo(expected.get(i).values());
        }
    }
}
