package dev.errata.bench.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainBenchTest {
    private static final int TOKENS = 12;

    @TempDir
    private static Path folder;

    private static Path config;

    @BeforeAll
    static void write() throws IOException {
        Path model = TinyModel.in(folder);
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < 5; row++) {
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < TOKENS; i++) {
                ids.add((row * 31 + i * 7) % TinyModel.VOCABULARY);
            }
            rows.append("{\"ids\": ")
                    .append(ids)
                    .append(", \"labels\": ")
                    .append(ids)
                    .append("}\n");
        }
        Files.writeString(folder.resolve("rows.jsonl"), rows);
        config = Files.writeString(folder.resolve("lora.yaml"), """
                model: %s
                data: [rows.jsonl]
                output: out
                epochs: 1
                micro_batch_size: 2
                optimizer: {name: adamw8bit, paged: true}
                lora: {r: 4, lora_alpha: 8, lora_dropout: 0.05, target_modules: [q_proj, down_proj]}
                """.formatted(model.getFileName()));
    }

    private static List<Path> scratch() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("errata-bench"))
                    .toList();
        }
    }

    @Test
    void tellsWhereTheTimeGoes() throws IOException {
        List<Path> before = scratch();
        BenchProgram ran = BenchProgram.run("train", config, "--steps", 3, "--warmup", 1, "--threads", "1,2", "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.json().path("rows")).hasSize(2);
        for (JsonNode row : ran.json().path("rows")) {
            assertThat(row.path("tokens").asDouble()).isEqualTo(2 * TOKENS);
            assertThat(row.path("tokens_per_second").path("median").asDouble()).isPositive();
            assertThat(row.path("peak_bytes").asLong()).isGreaterThan(1 << 20);
            assertThat(row.path("reserved_bytes").asLong()).isPositive();
            assertThat(row.path("heap_bytes_per_step").asLong()).isPositive();
            List<String> names = new ArrayList<>();
            double share = 0;
            for (JsonNode each : row.path("operators")) {
                names.add(each.path("name").asText());
                assertThat(each.path("seconds").asDouble()).isNotNegative();
                share += each.path("share").asDouble();
            }
            assertThat(names).contains("Linear", "LinearBackward", "Attention", "AdamWStep", "between operators");
            assertThat(share).isCloseTo(1, within(1e-6));
        }
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(scratch()).isEqualTo(before);
    }

    @Test
    void tellsShapesApart() {
        BenchProgram ran = BenchProgram.run("train", config, "--steps", 1, "--shapes", "--threads", 1);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("Linear 22x64x64 F32 by ", "tokens/s", "heap");
    }

    /** Behind a backend that returns early, the simulated device, operators are waited for in a step of their own. */
    @Test
    void waitsForOperatorsOfAnAsynchronousBackend() {
        BenchProgram ran = BenchProgram.run(
                "train", config, "--steps", 1, "--warmup", 1, "--device", "sim", "--json", "micro_batch_size=1");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode row = ran.json().path("rows").get(0);
        assertThat(row.path("device").asText()).isEqualTo("sim");
        assertThat(row.path("timed_apart").asBoolean()).isTrue();
        assertThat(row.path("operators").get(0).path("seconds").asDouble()).isPositive();
    }

    @Test
    void refusesWhatIsWrongInOneLine() {
        assertThat(BenchProgram.run("train", folder.resolve("none.yaml")).code())
                .isEqualTo(2);
        BenchProgram unknown = BenchProgram.run("train", config, "lora.rank=3");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.lastLine()).contains("lora.rank");
        assertThat(BenchProgram.run("train", config, "--steps", 0).lastLine()).contains("--steps");
        assertThat(BenchProgram.run("train", config, "--warmup", 0).code()).isEqualTo(2);
    }
}
