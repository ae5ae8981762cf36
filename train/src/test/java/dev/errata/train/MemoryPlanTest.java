package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backends;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan against the peak of real training steps on rows of the planned length. */
class MemoryPlanTest {
    private static final int PROMPT = 40;
    private static final int COMPLETION = 60;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora: {r: 8}",
                "lora: {r: 300}",
                "lora: {r: 8}\nrecompute: all",
                "lora: {r: 8}\nquantization: {format: nf4, double_quant: true}",
                "lora: {r: 8}\nquantization: {format: nf4, block_size: 128, double_quant: false}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit, min_8bit_size: 40000}",
                "lora: {r: 300}\noptimizer: {paged: true, page_budget_mb: 1}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit, paged: true, page_budget_mb: 1}",
                "lora: {r: 8}\ndtype: bf16\nquantization: {format: nf4}",
                "full_fine_tuning: true",
                "full_fine_tuning: true\noptimizer: {name: adamw8bit}"
            })
    void isWithinFivePercentOfARealStep(String kind) throws IOException {
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                String.join(
                        "\n",
                        "model: " + Recorded.MODEL,
                        "data: rows.jsonl",
                        "output: out",
                        "steps: 2",
                        "micro_batch_size: 3",
                        "gradient_accumulation_steps: 2",
                        "max_prompt_tokens: " + PROMPT,
                        "max_completion_tokens: " + COMPLETION,
                        kind));
        TrainConfig config = TrainConfig.read(file, List.of());
        boolean full = config.settings().fullFineTuning();
        MemoryPlan.Bytes plan;
        long peak;
        try (MeasuredBackend backend = new MeasuredBackend(Backends.choose("cpu", 2))) {
            try (ModelSource source = ModelSource.open(config.model())) {
                plan = MemoryPlan.of(source.config(), config.model(), config.settings())
                        .bytes();
                new Trainer(config, backend, Progress.silent(), new StopSignal())
                        .train(source, Collections.nCopies(6, row()));
            }
            peak = backend.peakBytes() + (full ? 0 : backend.adoptedBytes());
        }
        if (plan.optimizerPages() > 0) {
            peak += 2 * (64 << 10); // the pages of the host through which others stream
            assertThat(plan.optimizer()).isLessThanOrEqualTo(1 << 20);
        }
        assertThat(plan.total())
                .isEqualTo(plan.weights() + plan.adapters() + plan.gradients() + plan.optimizer() + plan.activations());
        assertThat((double) plan.total()).isCloseTo((double) peak, within(0.05 * peak));
    }

    private static Example row() {
        int[] ids = new int[PROMPT + COMPLETION];
        Arrays.setAll(ids, i -> 3 + i * 7 % 300);
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, PROMPT, Example.IGNORED);
        return new Example(ids, labels);
    }
}
