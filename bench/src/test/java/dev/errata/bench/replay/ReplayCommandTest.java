package dev.errata.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyTraining;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    private static JsonNode compared(String... options) {
        BenchProgram ran =
                BenchProgram.command("replay", training.run(), "--step", 6, "--json", options[0], options[1]);
        assertThat(ran.code()).as(ran.err()).isZero();
        return ran.json().path("comparison");
    }
}
