package dev.errata.bench.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyTraining;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckCommandsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora: {r: 4, lora_alpha: 8, lora_dropout: 0.1}",
                "lora: {r: 4, lora_alpha: 8, use_dora: true}",
                "full_fine_tuning: true",
                "{lora: {r: 2, lora_alpha: 4}, quantization: {format: nf4, block_size: 64}}"
            })
    void everyGradientRuleOfATrainingFitsFiniteDifferences(String kind) throws IOException {
        String lines =
                kind.startsWith("{") ? kind.substring(1, kind.length() - 1).replace(", quant", "\nquant") : kind;
        TinyTraining training = TinyTraining.in(folder, lines);
        BenchProgram ran = BenchProgram.command("grad-check", training.config(), "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.json().path("checks").findValuesAsText("operator"))
                .contains("RmsNorm", "Linear", "Attention", "Rope", "GatedActivation", "Add", "loss");
        for (JsonNode check : ran.json().path("checks")) {
            assertThat(check.path("error").asDouble()).as(check.toString()).isBetween(0.0, 0.01);
        }
        assertThat(training.run()).doesNotExist();
    }

    @Test
    void oneBatchIsLearntByHeart() throws IOException {
        TinyTraining training = TinyTraining.in(folder, "full_fine_tuning: true");
        BenchProgram ran = BenchProgram.command(
                "overfit",
                training.config(),
                "optimizer.learning_rate=5e-3",
                "--loss",
                "0.1",
                "--steps",
                150,
                "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.json().path("reached").asBoolean()).isTrue();
        assertThat(training.run()).doesNotExist();
    }

    @Test
    void aBatchThatIsNotLearntExitsWithOneAndSaysWhatToTry() throws IOException {
        TinyTraining training = TinyTraining.in(folder, "lora: {r: 4, lora_alpha: 8}");
        BenchProgram ran =
                BenchProgram.command("overfit", training.config(), "optimizer.learning_rate=1e-9", "--steps", 3);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.lastLine()).contains("after 3 steps", "learning_rate");
    }
}
