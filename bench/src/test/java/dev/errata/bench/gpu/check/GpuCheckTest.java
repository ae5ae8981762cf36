package dev.errata.bench.gpu.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.gpu.GpuCard;
import dev.errata.bench.gpu.LlamaSize;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.sim.SimDriver;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuCheckTest {
    private static final GpuCard CARD = new GpuCard("1", "cuda", "a card", "13.0", "9.0", 132, 80_000_000_000L);

    @TempDir
    private Path folder;

    private static Backend sim() {
        return new CudaBackend("sim", new SimDriver(), CudaBackend.NO_SLABS);
    }

    /** A device that forgets one kind of operator. */
    private record Forgetful(Backend inner) implements ForwardingBackend {
        @Override
        public void run(Op op) {
            if (!(op instanceof Op.Scale)) {
                inner.run(op);
            }
        }
    }

    /** A device that computes what it says it doesn't. */
    private record Unaware(Backend inner) implements ForwardingBackend {
        @Override
        public boolean roundsRows() {
            return false;
        }
    }

    private BenchProgram run(Object minutes) {
        return BenchProgram.command(
                "gpu-check",
                "--device",
                "sim",
                "--output",
                folder.resolve("check.json"),
                "--minutes",
                minutes,
                "--json");
    }

    @Test
    void whatThereIsNoTimeForIsDoneByTheNextCall() {
        BenchProgram first = run(0.000001);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.json().get("cases").asInt()).isZero();
        assertThat(first.json().get("models")).isEmpty();
        JsonNode second = run(0.01).json();
        assertThat(second.get("models")).hasSizeBetween(1, 4);
        assertThat(second.get("models").get(0).get("passed").asBoolean()).isTrue();
        assertThat(second.get("kernels")).isNotEmpty();
        JsonNode third = run(0.01).json();
        assertThat(done(third)).isGreaterThan(done(second));
        assertThat(third.get("models").get(0))
                .as("kept")
                .isEqualTo(second.get("models").get(0));
        assertThat(run("-1").code()).isEqualTo(2);
    }

    private static int done(JsonNode result) {
        return result.get("cases").asInt() + result.get("models").size();
    }

    @Test
    void aDeviceThatComputesSomethingElseFailsByTheOperatorsName() {
        GpuCheckResult result = GpuCheckResult.none(CARD, 2, 0);
        try (CaseCheck check = new CaseCheck(new Forgetful(new ReferenceBackend()))) {
            for (OperatorCase operator : OperatorCases.tiny()) {
                if (operator.name().matches("(scale|add) .*")) {
                    result = result.with(check.run(operator));
                }
            }
        }
        assertThat(result.operators()).extracting(CheckedOperator::operator).contains("Scale", "Add");
        assertThat(result.failed()).isEqualTo(1);
        assertThat(new GpuCheckText(result).text()).contains("FAIL Scale: scale", "1 rows failed", "a card");
    }

    /** The first case of the smallest table that is so. */
    private static OperatorCase tiny(Predicate<OperatorCase> wanted) {
        return OperatorCases.tiny().stream().filter(wanted).findFirst().orElseThrow();
    }

    @Test
    void productsAreComparedInRepeatedStepsToo() {
        OperatorCase product = tiny(operator -> operator.name().startsWith("linear 1 rows by 4-bit BF16"));
        try (CaseCheck check = new CaseCheck(sim())) {
            assertThat(check.run(product))
                    .allMatch(CheckedOperator::passed)
                    .extracting(CheckedOperator::operator)
                    .containsExactly("Linear", "Linear, decoding");
        }
    }

    @Test
    void whatADeviceDoesntComputeIsRefusedAndTold() {
        OperatorCase product = tiny(OperatorCase::hasEightBitRows);
        try (CaseCheck check = new CaseCheck(sim())) {
            assertThat(check.run(product))
                    .allMatch(CheckedOperator::passed)
                    .extracting(CheckedOperator::operator)
                    .containsExactly("Linear, refused: rows of 8 bits aren't multiplied on sim");
        }
        try (CaseCheck check = new CaseCheck(new Unaware(new ReferenceBackend()))) {
            assertThat(check.run(product)).noneMatch(CheckedOperator::passed);
        }
    }

    @Test
    void aSmallModelTrainsAndWritesOnTheSimulatorAsOnTheCpu() {
        for (ModelCheck model : List.of(
                new TrainingCheck(LlamaSize.TINY, 9, 8, "bf16"),
                new DecodingCheck(LlamaSize.TINY, DecodingCheck.Weights.F32, 1),
                new DecodingCheck(LlamaSize.TINY, DecodingCheck.Weights.NF4, ModelCheck.MANY))) {
            try (Backend device = sim();
                    Backend cpu = Backends.choose("cpu", 1)) {
                CheckedModel row = model.run(device, cpu);
                assertThat(row.passed()).as(row.toString()).isTrue();
            }
        }
    }
}
