package dev.errata.bench.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
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
            assertThat(row.has("difference")).isFalse();
        }
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
