package dev.errata.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyTraining;
import dev.errata.bench.recovery.InterruptSignal;
import dev.errata.pipeline.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayCommandTest {
    @TempDir
    private static Path folder;

    private static TinyTraining training;

    @BeforeAll
    static void train() throws IOException {
        training = TinyTraining.in(folder, "lora: {r: 4, lora_alpha: 8, lora_dropout: 0.1}")
                .trained();
    }

    @Test
    void printsRangesOfEveryOutputOfTheRunsOwnStep() {
        BenchProgram ran = BenchProgram.command("replay", training.run(), "--step", 7, "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode result = ran.json();
        assertThat(result.path("same_as_run").asBoolean()).isTrue();
        assertThat(result.path("outputs").findValuesAsText("operator"))
                .contains("Embedding", "Attention", "AttentionBackward", "AdamWStep");
        for (JsonNode output : result.path("outputs")) {
            assertThat(output.path("nans").asDouble()).isZero();
            assertThat(output.path("zeros").asDouble()).isBetween(0.0, 1.0);
            assertThat(output.path("least").asDouble())
                    .isLessThanOrEqualTo(output.path("most").asDouble());
        }
    }

    @Test
    void aRunAgainstItsOwnConfigIsEqualBitForBit() {
        JsonNode comparison = compared("--against", training.config().toString());
        assertThat(comparison.path("compared").asInt()).isPositive();
        assertThat(comparison.path("equal").asInt())
                .isEqualTo(comparison.path("compared").asInt());
        assertThat(comparison.has("first")).isFalse();
    }

    @Test
    void anotherSeedPartsWhereTheAdapterIsUsedFirst(@TempDir Path other) throws IOException {
        TinyTraining second = TinyTraining.in(other, "lora: {r: 4, lora_alpha: 8, lora_dropout: 0.1}", "seed: 1");
        BenchProgram ran =
                BenchProgram.command("replay", training.run(), "--step", 1, "--against", second.config(), "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode first = ran.json().path("comparison").path("first_beyond");
        assertThat(first.path("operator").asText()).isEqualTo("DropoutLinear");
        assertThat(first.path("place").asText()).isEqualTo("layer 0");
        assertThat(first.path("phase").asText()).isEqualTo("forward");
    }

    @Test
    void anotherDeviceIsComparedOutputByOutput() {
        JsonNode comparison = compared("--device", "reference");
        assertThat(comparison.has("unmatched")).isFalse();
        assertThat(comparison.has("first_beyond")).isFalse();
        assertThat(comparison.path("largest").path("relative").asDouble()).isBetween(0.0, 1e-4);
    }

    @Test
    void anotherTypePartsWithinTheFirstLayer() {
        JsonNode comparison = compared("--dtype", "bf16");
        assertThat(comparison.path("first_beyond").path("place").asText()).isEqualTo("layer 0");
    }

    @Test
    void aRunThatIsNotThereIsOneSentence() {
        BenchProgram ran = BenchProgram.command("replay", folder.resolve("nobody"), "--step", 1);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.lastLine()).contains("nobody");
    }

    @ParameterizedTest
    @CsvSource({"INT, 130, false", "TERM, 143, false", "INT, 130, true", "TERM, 143, true"})
    void aSignalEndsItWithTheCodeOfTheSignal(String signal, int code, boolean against, @TempDir Path scratch)
            throws Exception {
        Assumptions.assumeFalse(signal.equals("INT") && InterruptSignal.isIgnored());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + Files.createDirectory(scratch.resolve("tmp")),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "replay",
                training.config().toString(),
                "steps=1000000",
                "--step",
                "1000000"));
        if (against) {
            command.addAll(List.of("--against", training.config().toString()));
        }
        Path err = scratch.resolve("stderr");
        Process process = new ProcessBuilder(command)
                .redirectError(err.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            while (process.isAlive() && !Files.readString(err).contains("before step 1000000")) {
                Thread.sleep(20);
            }
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(code);
            assertThat(Files.readString(err))
                    .contains("errata: stopped, and nothing is kept")
                    .doesNotContain("internal error");
            assertThat(scratch.resolve("tmp")).isDirectoryNotContaining("glob:**errata*");
        } finally {
            process.destroyForcibly();
        }
    }

    private static JsonNode compared(String... options) {
        BenchProgram ran =
                BenchProgram.command("replay", training.run(), "--step", 6, "--json", options[0], options[1]);
        assertThat(ran.code()).as(ran.err()).isZero();
        return ran.json().path("comparison");
    }
}
