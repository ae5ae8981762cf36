package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainReportTest {
    @TempDir
    private Path run;

    private void step(StringBuilder log, int step, double loss, String more) {
        log.append("{\"step\":").append(step).append(",\"loss\":").append(loss);
        log.append(",\"grad_norm\":1.0,\"lr\":2.0E-4,\"target_tokens\":50,\"tokens_per_second\":9.0")
                .append(more);
        log.append("}\n");
    }

    private String page() throws IOException {
        String page = Files.readString(TrainReport.write(run));
        WellFormed.check(page);
        return page;
    }

    @Test
    void showsCurvesSettingsAndWhatTheManifestTells() throws IOException {
        StringBuilder log = new StringBuilder();
        for (int i = 1; i <= 30; i++) {
            step(log, i, 3.0 / i, i % 10 == 0 ? ",\"validation_loss\":" + (i == 20 ? 0.5 : 0.75) : "");
        }
        Files.writeString(run.resolve("metrics.jsonl"), log);
        Files.writeString(run.resolve("config.yaml"), "model: m\nsteps: 30\nlora: {r: 8, lora_alpha: 16}\n");
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"errata\":\"1\",\"seconds\":3725.2,\"memory\":{\"planned\":123456789},\"paging\":null}");
        assertThat(page())
                .contains("30 steps, last loss 0.1000.", "1,500 target tokens".replace(",", ""), "1\u00a0h 2\u00a0min")
                .contains("id=\"loss-title\"", "id=\"validation-loss-title\"", "id=\"rate-title\"")
                .contains("the loss is least, 0.5000, after step 20; it ends at 0.7500")
                .contains("<dt>lora.lora_alpha</dt><dd>16</dd>", "<dt>memory.planned</dt><dd>123456789</dd>")
                .doesNotContain("paging");
    }

    @Test
    void aTrainingAtWorkIsShownAsFarAsItsLogIsWhole() throws IOException {
        StringBuilder log = new StringBuilder();
        step(log, 1, 2.5, "");
        step(log, 2, 2.25, "");
        Files.writeString(run.resolve("metrics.jsonl"), log + "{\"step\":3,\"lo");
        Files.writeString(run.resolve("config.yaml"), "steps: 30\n");
        assertThat(page()).contains("2 of 30 steps, last loss 2.2500.");
    }

    @Test
    void aFolderWithoutAStepSaysSo() throws IOException {
        assertThat(page()).contains("No step has been made yet.");
    }

    @Test
    void aDamagedLineIsNamed() throws IOException {
        Files.writeString(run.resolve("metrics.jsonl"), "nonsense\n");
        assertThatThrownBy(this::page).isInstanceOf(BadInputException.class).hasMessageContaining("metrics.jsonl:1");
    }
}
