package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.LocalEngine;
import dev.errata.pipeline.rows.TinyChatModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of somebody with rows of their own, through the committed configs and the commands around them. */
final class OwnRowsTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void makeInputs() throws IOException {
        TinyChatModel.in(
                folder,
                "m",
                1,
                "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}"
                        + "{% if add_generation_prompt %}[assistant]{% endif %}");
        Files.writeString(folder.resolve("rows.jsonl"), """
                {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "A."}]}
                {"instruction": "b?", "output": "B."}
                """);
    }

    private int run(String command, Path config, String... more) {
        List<String> words = new ArrayList<>(List.of(command, config.toString()));
        words.add("model=" + folder.resolve("m"));
        words.add("data=" + folder.resolve("rows.jsonl"));
        words.add("output=" + folder.resolve("out"));
        words.addAll(List.of(more));
        out.reset();
        err.reset();
        return Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                LocalEngine::new,
                words.toArray(String[]::new));
    }

    private static Path committed(String name) {
        return Path.of("../configs").resolve(name + ".yaml").toAbsolutePath().normalize();
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private JsonNode json() throws IOException {
        return Json.parse(out.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "qlora"})
    void theCommittedConfigsTrainAnyInstructModel(String name) throws IOException {
        assertThat(run("validate", committed(name), "--json")).isZero();
        assertThat(json().path("valid").asBoolean()).isTrue();
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(run("train", committed(name), "--json")).as(said()).isZero();
        assertThat(json().path("result").asText()).endsWith("adapter");
        assertThat(said()).contains("next:", "errata generate --model", "errata merge", "errata convert");
        assertThat(folder.resolve("out/adapter/adapter_model.safetensors")).exists();
    }

    @Test
    void previewShowsARowEachAndHowTheFirstBatchIsPacked() throws IOException {
        assertThat(run("preview", committed("lora"), "--rows", "1", "--json")).isZero();
        assertThat(json().toString())
                .isEqualTo("{\"row\":1,\"tokens\":23,\"targets\":3,"
                        + "\"pieces\":[[\"[user]a?</s>[assistant]\",false],[\"A.</s>\",true]]}");
        assertThat(said()).contains("first micro-batch: row ", "23 to 23 tokens");
        assertThat(run("preview", committed("lora"))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("row 2: 23 tokens, 3 trained", "[user]b?</s>[assistant]⟦B.</s>⟧");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void previewShowsThePackOfAStepSplitByTokens() throws IOException {
        assertThat(run(
                        "preview",
                        committed("lora"),
                        "micro_batch_size=null",
                        "gradient_accumulation_steps=1",
                        "micro_batch_tokens=50",
                        "rows_per_step=3",
                        "--json"))
                .isZero();
        assertThat(said()).contains(": 46 tokens in a row without padding, 6 of them trained");
    }

    @Test
    void previewSaysWhatIsDroppedAndWhy() throws IOException {
        assertThat(run(
                        "preview",
                        committed("lora"),
                        "max_completion_tokens=2",
                        "too_long=drop",
                        "--rows",
                        "1",
                        "--json"))
                .isZero();
        assertThat(json().path("dropped").asText()).contains("3 that are", "2 are allowed");
    }

    @Test
    void validateNamesWhatIsWrong() throws IOException {
        assertThat(run("validate", committed("lora"), "lora.target_modules=[q_prj]"))
                .isEqualTo(2);
        assertThat(said()).contains("q_prj");
        Files.writeString(folder.resolve("rows.jsonl"), "{\"messages\": []}\n");
        assertThat(run("validate", committed("lora"))).isEqualTo(2);
        assertThat(said()).contains("rows.jsonl:1");
    }

    @Test
    void planSaysWhetherItFitsAndWhatWouldHelp() throws IOException {
        assertThat(run("plan", committed("lora"), "--json")).isZero();
        assertThat(json().path("fits").asBoolean()).isTrue();
        assertThat(json().path("bytes").path("total").asLong()).isPositive();
        assertThat(run("plan", committed("lora"), "micro_batch_size=64", "--memory", "300MB", "--json"))
                .isZero();
        assertThat(json().path("fits").asBoolean()).isFalse();
        assertThat(json().path("changes").get(0).path("keys").asText()).startsWith("micro_batch_size=");
        assertThat(run("plan", committed("lora"), "--memory", "lots")).isEqualTo(2);
    }

    @Test
    void planOfALoopHasKeysAndValuesOfTheStagesThatWrite() throws IOException {
        List<String> loop = new ArrayList<>(List.of("plan", committed("demo").toString(), "--json", "--memory", "2GB"));
        assertThat(plan(loop)).isZero();
        assertThat(json().path("fits").asBoolean()).isTrue();
        JsonNode sample = json().path("generation").path("sample");
        assertThat(sample.path("slots").asInt()).isEqualTo(64);
        assertThat(sample.path("total").asLong())
                .isEqualTo(sample.path("weights").asLong()
                        + sample.path("keys_values").asLong()
                        + sample.path("step").asLong());
        assertThat(sample.path("keys_values").asLong()).isPositive();
        assertThat(json().path("generation").path("eval").path("keys_values").asLong())
                .isPositive();
        loop.add("sample.kv_memory=3GB");
        assertThat(plan(loop)).isZero();
        assertThat(json().path("generation").path("sample").path("keys_values").asLong())
                .isGreaterThan(3L << 29);
        assertThat(json().path("fits").asBoolean()).isFalse();
        loop.remove("--json");
        assertThat(plan(loop)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("sample ", "keys and values of 64 texts", "does not fit");
    }

    private int plan(List<String> words) {
        out.reset();
        err.reset();
        return Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                LocalEngine::new,
                words.toArray(String[]::new));
    }
}
