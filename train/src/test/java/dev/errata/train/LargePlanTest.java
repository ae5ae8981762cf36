package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether QLoRA of large models (r = 64, all linear layers, rows of 512 tokens) fits on a GPU, from their shapes alone. */
final class LargePlanTest {
    private static final Path MODELS =
            Path.of("..", "configs", "models").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private TrainSettings settings(String... overrides) throws IOException {
        Path file = Files.writeString(folder.resolve("train.yaml"), """
                model: model
                data: rows.jsonl
                output: out
                steps: 1
                micro_batch_tokens: 8192
                rows_per_step: 96
                max_prompt_tokens: 256
                max_completion_tokens: 256
                dtype: bf16
                activations: bf16
                quantization: {format: nf4, block_size: 64, double_quant: true}
                lora: {r: 64, lora_dropout: 0.05}
                """);
        return TrainConfig.read(file, List.of(overrides)).settings();
    }

    private static MemoryFit fit(String model, int gigabytes, TrainSettings settings) {
        Path path = MODELS.resolve(model);
        return MemoryFit.of(
                HuggingFaceConfig.read(path), path, settings, MemoryBudget.of("cuda", (long) gigabytes << 30));
    }

    /** The fewer recomputed layers of these, the more memory there is. */
    @ParameterizedTest
    @CsvSource({"llama-2-7b, 80, 0", "llama-2-7b, 24, 32", "llama-2-13b, 48, 40", "llama-2-70b, 80, 80"})
    void fitsWithPacksOfEightThousandTokensAndRecomputesNoMoreThanItMust(String model, int gigabytes, int atMost)
            throws IOException {
        MemoryFit fit = fit(model, gigabytes, settings());
        assertThat(fit.fits()).isTrue();
        int recomputed = fit.plan().recomputedLayers();
        assertThat(recomputed).isLessThanOrEqualTo(atMost);
        if (atMost > 0) {
            // The budget is used: one layer more than is kept would not fit.
            long left = fit.availableBytes() - fit.neededBytes();
            assertThat(recomputed).isPositive();
            assertThat(left).isLessThan(fit.availableBytes() / 20);
        }
    }

    /** With the optimizer's states in the host's memory; 512-token rows, four of them packed. */
    @Test
    void seventyBillionsFitIntoFortyEightGigabytesWithPagedStates() throws IOException {
        MemoryFit fit = fit(
                "llama-2-70b", 48, settings("micro_batch_tokens=2048", "optimizer={paged: true, page_budget_mb: 256}"));
        assertThat(fit.fits()).isTrue();
        assertThat(fit.plan().bytes().optimizer()).isLessThanOrEqualTo(256 << 20);
        assertThat(fit.plan().bytes().optimizerPages()).isGreaterThan(6L << 30);
    }

    @Test
    void aTrainingThatDoesNotFitSaysWhatToChangeAndWhatEachChangeNeeds() throws IOException {
        MemoryFit fit = fit("llama-2-70b", 48, settings());
        assertThat(fit.fits()).isFalse();
        assertThatThrownBy(() -> fit.require("here"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(
                        "training needs",
                        "there are 48.00 GiB",
                        "micro_batch_tokens=512",
                        "optimizer.paged=true needs");
    }

    /** Gigabytes by count: 4.127 bits a weight with double quantization, the ends in bf16. */
    @Test
    void weightsTakeWhatTheirBitsSay() throws IOException {
        MemoryPlan plan = fit("llama-2-70b", 80, settings("recompute=all")).plan();
        double linears = 68.451e9 * 4.127 / 8;
        double ends = 2 * 2.0 * 32_000 * 8192;
        assertThat(plan.bytes().weights() / (linears + ends)).isBetween(0.99, 1.01);
    }
}
