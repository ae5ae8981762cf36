package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan against what real trainings take from the system. */
class MemoryPlanTest {
    private static final int PROMPT = 40;
    private static final int COMPLETION = 60;

    @TempDir
    private Path folder;

    private TrainConfig config(String kind) throws IOException {
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                String.join(
                        "\n",
                        "model: " + Recorded.MODEL,
                        "data: rows.jsonl",
                        "output: out",
                        "steps: 3",
                        kind.contains("rows_per_step") ? "" : "micro_batch_size: 3\ngradient_accumulation_steps: 2",
                        "max_prompt_tokens: " + PROMPT,
                        "max_completion_tokens: " + COMPLETION,
                        kind));
        return TrainConfig.read(file, List.of());
    }

    private static long reserved(TrainConfig config, List<Example> rows, List<Example> validation) {
        try (Backend backend = Backends.choose("cpu", 2);
                ModelSource source = ModelSource.open(config.model())) {
            return new Trainer(config, backend, Progress.silent(), new StopSignal())
                    .train(source, rows, validation)
                    .reservedBytes();
        }
    }

    private static MemoryPlan plan(TrainConfig config, PlannedBatches batches) {
        return plan(config, batches, "cpu");
    }

    private static MemoryPlan plan(TrainConfig config, PlannedBatches batches, String device) {
        try (ModelSource source = ModelSource.open(config.model())) {
            return MemoryPlan.of(source.config(), config.model(), config.settings(), batches, MemoryBudget.of(device));
        }
    }

    private static void requireClose(MemoryPlan plan, long reserved) {
        MemoryPlan.Bytes bytes = plan.bytes();
        assertThat(bytes.total())
                .isEqualTo(bytes.weights()
                        + bytes.adapters()
                        + bytes.gradients()
                        + bytes.optimizer()
                        + bytes.activations());
        assertThat((double) bytes.total()).isCloseTo((double) reserved, within(0.05 * reserved));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora: {r: 8}",
                "lora: {r: 8, lora_dropout: 0.1}\nrecompute: none",
                "lora: {r: 300}",
                "lora: {r: 8}\nrecompute: all",
                "lora: {r: 8, use_dora: true, lora_dropout: 0.1}\nrecompute: none",
                "lora: {r: 16, target_modules: [q_proj, lm_head]}",
                "lora: {r: 16, target_modules: [q_proj, lm_head], use_dora: true}",
                "lora: {r: 8}\nquantization: {format: nf4, double_quant: true}",
                "lora: {r: 8}\nquantization: {format: nf4, block_size: 128, double_quant: false}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit, min_8bit_size: 40000}",
                "lora: {r: 300}\noptimizer: {paged: true, page_budget_mb: 1}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit, paged: true, page_budget_mb: 1}",
                "lora: {r: 8}\ndtype: bf16\nquantization: {format: nf4}",
                "lora: {r: 300}\noptimizer: {name: lion}",
                "lora: {r: 8}\nmicro_batch_tokens: 250\nrows_per_step: 9",
                "lora: {r: 8}\nmicro_batch_tokens: 130\nrows_per_step: 5\nrecompute: all",
                "full_fine_tuning: true",
                "full_fine_tuning: true\ndtype: bf16",
                "full_fine_tuning: true\noptimizer: {name: adamw8bit}"
            })
    void rowsOfUnequalLengthsTakeWhatIsPlanned(String kind) throws IOException {
        TrainConfig config = config(kind);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < 18; i++) {
            rows.add(row(5 + i * 13 % 36, 3 + i * 29 % 58));
        }
        List<Example> validation = List.of(row(30, 50), row(8, 8), row(40, 2), row(3, 60));
        PlannedBatches batches = PlannedBatches.of(config.settings(), config.seed(), rows, validation);
        MemoryPlan plan = plan(config, batches);
        requireClose(plan, reserved(config, rows, validation));
        if (plan.bytes().optimizerPages() > 0) {
            assertThat(plan.bytes().optimizer()).isLessThanOrEqualTo(1 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora: {r: 8}",
                "lora: {r: 8}\nrecompute: all",
                "lora: {r: 8}\nmicro_batch_tokens: 300\nrows_per_step: 6",
                "full_fine_tuning: true"
            })
    void whereRowsAreUnknownTheLongestOnesThatTheConfigAllowsArePlanned(String kind) throws IOException {
        TrainConfig config = config(kind);
        List<Example> rows = Collections.nCopies(6, row(PROMPT, COMPLETION));
        requireClose(plan(config, PlannedBatches.ofLongest(config.settings())), reserved(config, rows, List.of()));
    }

    /** The longest row comes late, and is the only one of its length. */
    @Test
    void aLargeMicroBatchLateInTheTrainingIsPlanned() throws IOException {
        TrainConfig config = config("lora: {r: 8}\nrecompute: none\norder: sequential");
        List<Example> rows = new ArrayList<>(Collections.nCopies(400, row(5, 5)));
        PlannedBatches without = PlannedBatches.of(
                TrainConfig.read(folder.resolve("train.yaml"), List.of("steps=66"))
                        .settings(),
                0,
                rows,
                List.of());
        rows.set(390, row(PROMPT, COMPLETION));
        PlannedBatches with = PlannedBatches.of(
                TrainConfig.read(folder.resolve("train.yaml"), List.of("steps=66"))
                        .settings(),
                0,
                rows,
                List.of());
        assertThat(plan(config, with).bytes().activations())
                .isGreaterThan(2 * plan(config, without).bytes().activations());
        assertThat(with.training()).hasSizeLessThan(60);
    }

    private static Example row(int prompt, int completion) {
        int[] ids = new int[prompt + completion];
        Arrays.setAll(ids, i -> 3 + i * 7 % 300);
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, prompt, Example.IGNORED);
        return new Example(ids, labels);
    }
}
