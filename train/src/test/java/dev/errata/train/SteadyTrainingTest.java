package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training that has begun takes no more memory from the system, and the heap that a step takes goes by its operators, not by its tokens. */
@Timeout(300)
final class SteadyTrainingTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROWS = 4;

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
                        "steps: 1000",
                        "micro_batch_size: " + ROWS,
                        "max_prompt_tokens: 200",
                        "max_completion_tokens: 200",
                        "order: sequential",
                        kind));
        return TrainConfig.read(file, List.of());
    }

    /** The rows of two steps, of at most so many tokens each. */
    private static List<Example> rows(int tokens) {
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < 2 * ROWS; i++) {
            int[] prompt = new int[tokens / 2 - i];
            int[] completion = new int[tokens / 2];
            Arrays.setAll(prompt, k -> 3 + k % 100);
            Arrays.setAll(completion, k -> 5 + k % 90);
            rows.add(Example.of(prompt, completion));
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora: {r: 8, lora_dropout: 0.1}\nrecompute: none",
                "lora: {r: 8}\nrecompute: all\nquantization: {format: nf4, double_quant: true}",
                "lora: {r: 300}\noptimizer: {name: adamw8bit, paged: true, page_budget_mb: 1}",
                "lora: {r: 8}\ndtype: bf16\nactivations: bf16",
                "full_fine_tuning: true"
            })
    void afterTwoPassesOverItsRowsATrainingTakesNothingMoreFromTheSystem(String kind) throws IOException {
        TrainConfig config = config(kind);
        try (Backend backend = Backends.choose("cpu", 2);
                ReadyTraining training =
                        new ReadyTraining(config, ModelSource.open(config.model()), backend, rows(60))) {
            for (int step = 1; step <= 4; step++) {
                training.step(step);
            }
            long reserved = backend.reservedBytes();
            long scratch = backend.peakScratchBytes();
            long live = backend.liveBytes();
            for (int step = 5; step <= 24; step++) {
                training.step(step);
            }
            assertThat(backend.reservedBytes()).isEqualTo(reserved);
            assertThat(backend.peakReservedBytes()).isEqualTo(reserved);
            assertThat(backend.peakScratchBytes()).isEqualTo(scratch);
            assertThat(backend.liveBytes()).isEqualTo(live);
        }
    }

    /** What is left are the records of operators and tensors, as many for long rows as for short ones, and attention's few objects for each 48 queries of a head. */
    @Test
    void theHeapThatAStepTakesHardlyGrowsWithItsRows() throws IOException {
        TrainConfig config = config("lora: {r: 8, lora_dropout: 0.1}\nrecompute: none");
        long few = leastHeapOfAStep(config, 40);
        long many = leastHeapOfAStep(config, 320);
        assertThat(many).isLessThan(few + few / 4);
    }

    /** Of the thread that makes the steps, once the compiler is done with what they run. */
    private static long leastHeapOfAStep(TrainConfig config, int tokens) {
        long least = Long.MAX_VALUE;
        try (Backend backend = Backends.choose("cpu", 1);
                ReadyTraining training =
                        new ReadyTraining(config, ModelSource.open(config.model()), backend, rows(tokens))) {
            for (int step = 1; step <= 400; step++) {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                training.step(step);
                least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
        }
        return least;
    }
}
