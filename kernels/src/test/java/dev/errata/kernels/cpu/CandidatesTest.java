package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The tokens of the reference backend over vocabularies in which the edge of a nucleus is hard to find. */
class CandidatesTest {
    private static final int VOCABULARY = 20_011;
    private static final int[] HISTORY = {7, 19_999, 7};

    private static final List<SamplerSettings> SETTINGS = List.of(
            SamplerSettings.of(1, 1),
            SamplerSettings.of(0.7, 0.95),
            SamplerSettings.of(1.9, 0.5),
            SamplerSettings.of(1, 0.000_01),
            SamplerSettings.of(1, 0.999_999),
            SamplerSettings.of(1, 0),
            new SamplerSettings(0.7, 50, 0.95, 0, 1, 1, 0),
            new SamplerSettings(0.7, 15_000, 0.9, 0.001, 1, 1.1, 0),
            new SamplerSettings(1, 0, 0.9, 0, 0.8, 1, 0));

    private static double normal(int i) {
        return Philox.normal(5, 6, i);
    }

    @Test
    void aBroadDistribution() {
        compare(i -> 0.3 * normal(i));
    }

    @Test
    void aNarrowDistribution() {
        compare(i -> 4 * normal(i));
    }

    @Test
    void equalScores() {
        compare(i -> 1.5);
    }

    @Test
    void manyTies() {
        compare(i -> Math.rint(4 * normal(i)) / 4);
    }

    @Test
    void scoresThatDifferByTheirLastBits() {
        compare(i -> 1e-3 + i * 37 % 101 * 0x1p-34);
    }

    @Test
    void oneTokenThatHasAlmostAll() {
        compare(i -> i == 17_000 ? 30 : normal(i));
    }

    @Test
    void twoHeapsWithTheEdgeBetweenThem() {
        // those above have 95 % but for the rounding of a float
        compare(i -> i % 2 == 0 ? 0 : Math.log(1 / 19.0));
    }

    @Test
    void mostTokensImpossible() {
        compare(i -> i % 5000 == 4999 ? 1 : Double.NEGATIVE_INFINITY);
    }

    private static void compare(IntToDoubleFunction logit) {
        List<SampleRequest> requests = new ArrayList<>();
        for (SamplerSettings each : SETTINGS) {
            for (int draw = 0; draw < 3; draw++) {
                requests.add(new SampleRequest(each, HISTORY, new int[] {0, 9_000}, 1, draw, requests.size()));
            }
        }
        float[] row = new float[VOCABULARY];
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) logit.applyAsDouble(i);
        }
        try (Backend cpu = new CpuBackend(2);
                Backend reference = new ReferenceBackend()) {
            assertThat(sample(cpu, requests, row)).containsExactly(sample(reference, requests, row));
        }
    }

    private static int[] sample(Backend backend, List<SampleRequest> requests, float[] row) {
        int rows = requests.size();
        try (Scope scope = new Scope("sampling", backend)) {
            float[] table = new float[rows * row.length];
            for (int i = 0; i < rows; i++) {
                System.arraycopy(row, 0, table, i * row.length, row.length);
            }
            SamplingState state = SamplingState.of(scope, requests, 1);
            Tensor out = scope.allocate("out", DType.I32, rows);
            backend.run(new Op.SampleTokens(
                    scope.floats("logits", table, rows, row.length),
                    SamplingState.allSlots(scope, rows),
                    state.history(),
                    state.rules(),
                    out));
            return HostMemory.of(out).toArray(ValueLayout.JAVA_INT);
        }
    }
}
