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
        BenchProgram first = run(0.05);
        assertThat(first.code()).as(first.err()).isZero();
        JsonNode before = first.json();
        int cases = before.get("cases").asInt();
        assertThat(cases).isBetween(1, before.get("all_cases").asInt());
        assertThat(before.get("operators").get(0).get("failed").asInt()).isZero();
        JsonNode after = run(0.05).json();
        assertThat(after.get("cases").asInt()).isGreaterThan(cases);
        assertThat(after.get("kernels").size())
                .isGreaterThanOrEqualTo(before.get("kernels").size());
        assertThat(run("-1").code()).isEqualTo(2);
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

    @Test
    void productsAreComparedInRepeatedStepsToo() {
        OperatorCase product = OperatorCases.tiny().stream()
                .filter(operator -> operator.name().startsWith("linear 1 rows by 4-bit BF16"))
                .findFirst()
                .orElseThrow();
        try (CaseCheck check = new CaseCheck(sim())) {
            assertThat(check.run(product))
                    .allMatch(CheckedOperator::passed)
                    .extracting(CheckedOperator::operator)
                    .containsExactly("Linear", "Linear, decoding");
        }
    }

    @Test
    void aSmallModelTrainsAndWritesOnTheSimulatorAsOnTheCpu() {
        for (ModelCheck model :
                List.of(new TrainingCheck(LlamaSize.TINY, 9, "bf16"), new DecodingCheck(LlamaSize.TINY, false))) {
            try (Backend device = sim();
                    Backend cpu = Backends.choose("cpu", 1)) {
                CheckedModel row = model.run(device, cpu);
                assertThat(row.passed()).as(row.toString()).isTrue();
            }
        }
    }
}
