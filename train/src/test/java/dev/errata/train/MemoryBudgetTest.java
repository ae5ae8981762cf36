package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.model.checkpoint.FloatType;
import dev.errata.model.checkpoint.FreshModel;
import dev.errata.model.checkpoint.WritingProgress;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many layers are recomputed within a budget, and what trainings that follow the plan take then. */
final class MemoryBudgetTest {
    private static final int LAYERS = 8;
    private static final int FEW_LAYERS = 3;

    @TempDir
    private Path folder;

    private TrainConfig config(String... overrides) throws IOException {
        return config(LAYERS, overrides);
    }

    private TrainConfig config(int layers, String... overrides) throws IOException {
        Path shape = Files.writeString(folder.resolve("shape.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 128, "hidden_size": 64,
                 "intermediate_size": 160, "num_hidden_layers": %d, "num_attention_heads": 2, "num_key_value_heads": 1,
                 "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "hidden_act": "silu", "eos_token_id": 2, "torch_dtype": "bfloat16"}
                """.formatted(layers));
        Path model = folder.resolve("model-" + layers);
        if (!Files.exists(model)) {
            FreshModel.of(shape, FloatType.BF16).write(model, 1, 1, WritingProgress.SILENT);
        }
        Path file = Files.writeString(folder.resolve("train.yaml"), """
                model: model-%d
                data: rows.jsonl
                output: out
                steps: 2
                micro_batch_tokens: 64
                rows_per_step: 4
                max_prompt_tokens: 16
                max_completion_tokens: 16
                dtype: bf16
                activations: bf16
                quantization: {format: nf4, double_quant: true}
                lora: {r: 4, lora_dropout: 0.05}
                """.formatted(layers));
        return TrainConfig.read(file, List.of(overrides));
    }

    private static List<Example> rows(int count) {
        List<Example> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            int[] ids = new int[32 - row % 3];
            Arrays.setAll(ids, i -> 3 + i * 7 % 100);
            int[] labels = ids.clone();
            Arrays.fill(labels, 0, 16, Example.IGNORED);
            rows.add(new Example(ids, labels));
        }
        return rows;
    }

    private static MemoryPlan plan(TrainConfig config, String device, List<Example> rows) {
        try (ModelSource source = ModelSource.open(config.model())) {
            PlannedBatches batches = PlannedBatches.of(config.settings(), config.seed(), rows, List.of());
            return MemoryPlan.of(source.config(), config.model(), config.settings(), batches, MemoryBudget.of(device));
        }
    }

    private static Trainer.Outcome train(TrainConfig config, String device, List<Example> rows, MemoryPlan plan) {
        try (Backend backend = Backends.choose(device, 2);
                ModelSource source = ModelSource.open(config.model())) {
            return new Trainer(config, backend, Progress.silent(), new StopSignal(), plan).train(source, rows);
        }
    }

    /** A budget this far between what it takes to recompute all layers and to recompute none. */
    private static String budget(MemoryPlan all, MemoryPlan none, double between, String device) {
        long tensors =
                Math.round(all.bytes().total() * (1 - between) + none.bytes().total() * between);
        return "memory=" + (tensors + MemoryBudget.of(device, 1).overhead());
    }

    @Test
    void theMoreMemoryTheFewerLayersAreRecomputedAndEachTrainingTakesWhatItsPlanSays() throws IOException {
        List<Example> rows = rows(24);
        String[] usual = {"micro_batch_tokens=800", "rows_per_step=24"};
        MemoryPlan all = plan(config(usual[0], usual[1], "recompute=all"), "cpu", rows);
        MemoryPlan none = plan(config(usual[0], usual[1], "recompute=none"), "cpu", rows);
        int before = LAYERS;
        for (double between : new double[] {0.05, 0.3, 0.5, 0.7, 0.95}) {
            TrainConfig config = config(
                    usual[0],
                    usual[1],
                    budget(all, none, between, "cpu"),
                    "output=" + folder.resolve("out-" + between));
            MemoryPlan plan = plan(config, "cpu", rows);
            assertThat(plan.recomputedLayers()).isBetween(1, before);
            before = plan.recomputedLayers();
            long reserved = train(config, "cpu", rows, plan).reservedBytes();
            assertThat((double) reserved).isCloseTo((double) plan.bytes().total(), within(0.05 * reserved));
            assertThat(plan.bytes().total() + MemoryBudget.of("cpu", 1).overhead())
                    .isLessThanOrEqualTo(Long.parseLong(config.settings().memory()));
        }
        assertThat(before).isLessThan(LAYERS / 2);
    }

    /** The operators' scratch is counted too: the plan runs the launches of the CUDA backend on a driver that does nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"recompute=none", "0.5", "optimizer.name=adamw8bit"})
    void onTheSimulatorATrainingTakesWhatItsPlanSays(String kind) throws IOException {
        List<Example> rows = rows(2);
        String override = kind.equals("0.5")
                ? budget(
                        plan(config(FEW_LAYERS, "rows_per_step=2", "recompute=all"), "sim", rows),
                        plan(config(FEW_LAYERS, "rows_per_step=2", "recompute=none"), "sim", rows),
                        0.5,
                        "sim")
                : kind;
        TrainConfig config = config(FEW_LAYERS, "steps=1", "rows_per_step=2", override);
        MemoryPlan plan = plan(config, "sim", rows);
        assertThat(plan.bytes().scratch()).isPositive();
        if (kind.equals("0.5")) {
            assertThat(plan.recomputedLayers()).isBetween(1, FEW_LAYERS - 1);
        }
        long reserved = train(config, "sim", rows, plan).reservedBytes();
        assertThat((double) reserved).isCloseTo((double) plan.bytes().total(), within(0.05 * reserved));
    }

    @Test
    void whatIsRecomputedWithinABudgetChangesNoBit() throws IOException {
        List<Example> rows = rows(4);
        MemoryPlan all = plan(config("recompute=all"), "cpu", rows);
        MemoryPlan none = plan(config("recompute=none"), "cpu", rows);
        TrainConfig kept = config("recompute=none", "output=" + folder.resolve("kept"));
        TrainConfig partly = config(budget(all, none, 0.5, "cpu"), "output=" + folder.resolve("partly"));
        MemoryPlan plan = plan(partly, "cpu", rows);
        assertThat(plan.recomputedLayers()).isBetween(1, LAYERS - 1);
        train(kept, "cpu", rows, none);
        train(partly, "cpu", rows, plan);
        assertThat(folder.resolve("partly/adapter/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("kept/adapter/adapter_model.safetensors"));
    }

    @Test
    void aPlanSaysWhatEachLayerKeepsAndWhatRunningItAgainCosts() throws IOException {
        List<Example> rows = rows(4);
        MemoryPlan all = plan(config("recompute=all"), "cpu", rows);
        MemoryPlan none = plan(config("recompute=none"), "cpu", rows);
        assertThat(all.layerBytes()).hasSize(LAYERS).allMatch(bytes -> bytes > 0);
        assertThat(none.layerBytes().get(3)).isGreaterThan(4 * all.layerBytes().get(3));
        assertThat(none.recomputedShare()).isZero();
        assertThat(all.recomputedShare()).isBetween(0.2, 0.5);
    }

    @Test
    void whereNoMemoryIsToldAndTheDeviceHasItsOwnThatIsTheBudget() throws IOException {
        assertThat(plan(config(), "sim", rows(4)).recomputedLayers()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"cuda, true, 80", "sim, true, 80", "cpu, false, 80"})
    void leavesRoomForWhatIsNoTensor(String device, boolean isOwn, int gigabytes) {
        MemoryBudget budget = MemoryBudget.of(device, (long) gigabytes << 30);
        assertThat(budget.isOwn()).isEqualTo(isOwn);
        assertThat(budget.forTensors()).isBetween(77L << 30, 80L << 30);
    }

    @Test
    void aDeviceThatIsNotHereIsAskedForItsMemoryInVain() {
        assumeThat(Backends.provider("cuda").memoryBytes()).isEmpty();
        assertThatThrownBy(() -> MemoryBudget.of("cuda"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--memory 80GB");
    }
}
