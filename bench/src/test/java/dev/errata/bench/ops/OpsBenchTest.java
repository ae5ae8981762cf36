package dev.errata.bench.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyModel;
import dev.errata.bench.measure.Spread;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpsBenchTest {
    @TempDir
    private static Path folder;

    private static Path model;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.in(folder);
    }

    @Test
    void measuresBesideTheMachinesLimits() {
        BenchProgram ran = BenchProgram.run(
                "ops",
                "--model",
                model,
                "--operator",
                "Linear,SampleTokens",
                "--weight",
                "f32,q8_0",
                "--rows",
                "5,1",
                "--training-rows",
                9,
                "--seconds",
                0.001,
                "--threads",
                1,
                "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode limits = ran.json().path("ceilings").get(0);
        assertThat(limits.path("gflops").path("median").asDouble()).isPositive();
        assertThat(limits.path("gbytes_per_second").path("median").asDouble()).isPositive();
        // 5 layers, 2 formats, one of them by int8 too, and 2 numbers of rows; 3 ways to sample and 2 numbers of rows
        assertThat(ran.json().path("rows")).hasSize(36);
        for (JsonNode row : ran.json().path("rows")) {
            assertThat(row.path("operator").asText()).isIn("Linear", "SampleTokens");
            assertThat(row.path("shape").asText()).startsWith("tiny ");
            assertThat(row.path("threads").asInt()).isEqualTo(1);
            assertThat(row.has("gflops")).isNotEqualTo(row.has("gbytes_per_second"));
            assertThat(row.path("fraction").asDouble()).isPositive();
            assertThat(row.path("limit").asText()).isEqualTo(limit(row, limits));
            assertThat(row.has("difference")).isFalse();
        }
    }

    /** What a row is counted against: of int8 the unit that multiplies it, where this processor has one. */
    private static String limit(JsonNode row, JsonNode limits) {
        if (row.has("gbytes_per_second")) {
            return "memory";
        }
        boolean isInt8 = row.path("shape").asText().endsWith(" by int8");
        return isInt8 ? limits.path("int8").path("unit").asText("f32") : "f32";
    }

    /** The device's own units, and their peaks measured in the same process. */
    @Test
    void aPeakIsMeasuredForEachUnitThatIsUsed() {
        BackendProvider cpu = Backends.provider("cpu");
        Ceilings ceilings = Ceilings.measure(1, cpu);
        for (Ceilings.Peak peak : Arrays.asList(ceilings.bf16(), ceilings.int8())) {
            if (peak != null) {
                assertThat(peak.gflops().min()).isPositive();
            }
        }
        assertThat(ceilings.bf16() == null).isEqualTo(cpu.bf16Units().isEmpty());
        assertThat(ceilings.int8() == null)
                .isEqualTo(cpu.int8Units(GgmlType.Q8_0).isEmpty());
        Ceilings others = Ceilings.measure(1, Backends.provider("reference"));
        assertThat(others.bf16()).isNull();
        assertThat(others.int8()).isNull();
    }

    @Test
    void workIsCountedAgainstTheUnitThatDoesIt() {
        Spread one = new Spread(1, 1, 1);
        Ceilings ceilings = new Ceilings(
                1,
                one,
                one,
                new Ceilings.Peak("vdpbf16ps", new Spread(2, 2, 2)),
                new Ceilings.Peak("vpdpbusd", new Spread(4, 4, 4)));
        assertThat(ceilings.limit(new Work(4e9, 1, Arithmetic.F32))).isEqualTo("f32");
        assertThat(ceilings.limit(new Work(4e9, 1, Arithmetic.BF16))).isEqualTo("vdpbf16ps");
        assertThat(ceilings.limit(new Work(4e9, 1, Arithmetic.INT8))).isEqualTo("vpdpbusd");
        assertThat(ceilings.limit(new Work(4e9, 2e9, Arithmetic.INT8))).isEqualTo("memory");
        assertThat(ceilings.seconds(new Work(4e9, 1, Arithmetic.F32))).isEqualTo(4);
        assertThat(ceilings.seconds(new Work(4e9, 1, Arithmetic.BF16))).isEqualTo(2);
        assertThat(ceilings.seconds(new Work(4e9, 1, Arithmetic.INT8))).isEqualTo(1);
        Ceilings without = new Ceilings(1, one, one, null, null);
        assertThat(without.limit(new Work(4e9, 1, Arithmetic.BF16))).isEqualTo("f32");
    }

    @Test
    void printsATable() {
        BenchProgram ran = BenchProgram.run(
                "ops",
                "--model",
                model,
                "--operator",
                "RmsNorm",
                "--training-rows",
                3,
                "--seconds",
                0.001,
                "--threads",
                1);
        assertThat(ran.out()).contains("| RmsNorm", "3x64", "| right", "1 threads: at most");
    }

    @ParameterizedTest
    @CsvSource({
        "--model, gpt-9, smollm2-135m",
        "--operator, Convolution, RmsNorm",
        "--weight, q1, q4_0",
        "--rows, 0, --rows",
        "--seconds, 0, --seconds",
        "--training-rows, 0, --training-rows"
    })
    void refusesAWrongValueInOneLine(String option, String value, String told) {
        BenchProgram ran = BenchProgram.run("ops", option, value);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.lastLine()).startsWith("errata: ").contains(told);
    }

    @Test
    void refusesADeviceThatReturnsEarly() {
        BenchProgram ran = BenchProgram.run("ops", "--device", "sim", "--threads", 1);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.lastLine()).contains("--device sim");
    }
}
