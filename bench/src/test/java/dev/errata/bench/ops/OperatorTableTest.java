package dev.errata.bench.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.RunFailedException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OperatorTableTest {
    private static final ModelShape TINY = new ModelShape("tiny", 64, 256, 4, 2, 16, 97);

    private static List<OperatorBenchmark> table() {
        return OperatorTable.of(List.of(TINY), Arrays.asList(WeightFormat.values()), List.of(9, 8, 1), 11).stream()
                .filter(each -> !each.shape().contains("8M values"))
                .toList();
    }

    @Test
    void everyOperatorAgreesWithTheReference() {
        try (Backend backend = Backends.choose("cpu", 2)) {
            OperatorMeasurement measurement = new OperatorMeasurement(backend);
            for (OperatorBenchmark each : table()) {
                try (OperatorMeasurement.Ready ready = measurement.prepare(each, 2)) {
                    assertThat(ready.difference()).as(each.toString()).isNull();
                    assertThat(ready.instances()).isNotEmpty();
                }
            }
            assertThat(backend.liveBytes()).isZero();
        }
    }

    @Test
    void everyNameIsThereOnce() {
        Set<String> names = new HashSet<>();
        for (OperatorBenchmark each : OperatorTable.of(
                ModelShape.KNOWN, Arrays.asList(WeightFormat.values()), List.of(512, 32, 8, 1), 1024)) {
            assertThat(names.add(each.toString())).as(each.toString()).isTrue();
            assertThat(each.work().bytes()).as(each.toString()).isPositive();
        }
    }

    /** A backend that leaves the operator out: all outputs stay as they were. */
    private record Idle(Backend inner) implements ForwardingBackend {
        @Override
        public void run(Op op) {
            if (!(op instanceof Op.Linear || op instanceof Op.Attention || op instanceof Op.SampleTokens)) {
                inner.run(op);
            }
        }
    }

    @Test
    void aWrongResultIsFound() {
        try (Backend backend = new Idle(Backends.choose("cpu", 1))) {
            OperatorMeasurement measurement = new OperatorMeasurement(backend);
            for (OperatorBenchmark each : table()) {
                try (OperatorMeasurement.Ready ready = measurement.prepare(each, 2)) {
                    boolean left = List.of("Linear", "Attention", "SampleTokens")
                            .contains(each.operator().split(" ")[0]);
                    assertThat(ready.difference() != null)
                            .as(each.toString())
                            .isEqualTo(left || each.operator().equals("AttentionBackward"));
                }
            }
        }
    }

    @Test
    void aWrongResultIsAnError() {
        List<OperatorRow> rows = List.of(
                new OperatorRow("Linear", "a", 1, 1.0, null, 1, "f32", null, null),
                new OperatorRow("Linear", "b", 1, 1.0, null, 1, "f32", null, "element 3"));
        assertThatThrownBy(() -> OpsBench.refuseDifferences(rows))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("1 of 2 results")
                .hasMessageContaining("Linear b");
    }
}
