package dev.errata.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TrainConfigTest {
    private static final String SMALL = """
            model: models/small
            data: rows.jsonl
            output: out
            lora: {r: 2, lora_alpha: 4}
            steps: 3
            """;

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("own.yaml"), text);
    }

    private TrainConfig read(String text, String... overrides) throws IOException {
        return TrainConfig.read(file(text), List.of(overrides));
    }

    private void refused(ThrowingCallable action, String... words) {
        assertThatThrownBy(action)
                .isInstanceOf(BadInputException.class)
                .message()
                .contains(words);
    }

    @Test
    void fillsInWhatItsAuthorsGiveLion() throws IOException {
        OptimizerConfig lion =
                read(SMALL + "optimizer: {name: lion}\n").settings().optimizer();
        OptimizerConfig adamW = read(SMALL).settings().optimizer();
        assertThat(lion.beta2()).isEqualTo(0.99);
        assertThat(lion.learningRate()).isEqualTo(0.2 * adamW.learningRate());
        OptimizerConfig told = read(SMALL + "optimizer: {name: lion, beta2: 0.98, learning_rate: 3.0e-4}\n")
                .settings()
                .optimizer();
        assertThat(told.beta2()).isEqualTo(0.98);
        assertThat(told.learningRate()).isEqualTo(3e-4);
    }

    @Test
    void aConfigLaysItsKeysOverTheOneThatItExtends() throws IOException {
        Path above = Files.createDirectories(folder.resolve("base"));
        Files.writeString(above.resolve("middle.yaml"), "extends: first.yaml\nsteps: 4\nlora: {r: 8}\n");
        Files.writeString(above.resolve("first.yaml"), SMALL);
        TrainConfig config = read("extends: base/middle.yaml\ndata: [a.jsonl, b.jsonl]\nlora:\n  lora_alpha: 3\n");
        assertThat(config.model()).isEqualTo(above.resolve("models/small").toAbsolutePath());
        assertThat(config.data())
                .containsExactly(
                        folder.resolve("a.jsonl").toAbsolutePath(),
                        folder.resolve("b.jsonl").toAbsolutePath());
        assertThat(config.settings().steps()).isEqualTo(4);
        assertThat(config.settings().lora().r()).isEqualTo(8);
        assertThat(config.settings().lora().loraAlpha()).isEqualTo(3);
        assertThat(read("extends: base/middle.yaml\nlora: null\nfull_fine_tuning: true\n")
                        .settings()
                        .lora())
                .isNull();
    }

    @Test
    void whatIsWrongInAConfigBelowIsNamedThere() throws IOException {
        Files.writeString(folder.resolve("first.yaml"), SMALL + "warmup: 3\n");
        refused(() -> read("extends: first.yaml\n"), "first.yaml:6", "unknown key warmup");
        Files.writeString(folder.resolve("first.yaml"), SMALL);
        refused(() -> read("extends: first.yaml\n\nsteps: many\n"), "own.yaml:3", "steps is many");
        Files.writeString(folder.resolve("first.yaml"), "extends: own.yaml\n");
        refused(() -> read("extends: first.yaml\n"), "first.yaml:1", "extends itself");
        refused(() -> read("extends: none.yaml\n"), "no such config", "none.yaml");
    }

    @Test
    void fillsInDefaults() throws IOException {
        TrainConfig config = read(SMALL);
        assertThat(config.settings().optimizer().beta2()).isEqualTo(0.999);
        assertThat(config.settings().schedule().name()).isEqualTo("constant");
        assertThat(config.settings().lora().targetModules()).containsExactly("all-linear");
        assertThat(config.settings().quantization()).isNull();
        assertThat(config.seed()).isZero();
    }

    @Test
    void takesPathsRelativeToTheConfigAndThoseOfOverridesToTheCurrentFolder() throws IOException {
        TrainConfig config = read(SMALL, "data=elsewhere/rows.jsonl");
        assertThat(config.model()).isEqualTo(folder.resolve("models/small"));
        assertThat(config.data())
                .containsExactly(Path.of("elsewhere/rows.jsonl").toAbsolutePath());
    }

    @Test
    void writesEveryKeyBackAndReadsItAgain() throws IOException {
        TrainConfig config = read(
                SMALL,
                "quantization={format: fp4, block_size: 128}",
                "optimizer.learning_rate=2e-4",
                "data=[a.jsonl, b.jsonl]",
                "validation=0.05",
                "seed=9007199254740993");
        String text = ConfigText.yaml(config);
        assertThat(text).contains("min_8bit_size", "weight_decay", "checkpoint_every", "block_size: 128");
        assertThat(read(text)).isEqualTo(config);
    }

    @Test
    void overridesReplaceSingleKeysOfABlock() throws IOException {
        TrainConfig config = read(SMALL, "lora.r=16", "lora.target_modules=[q_proj, v_proj]");
        assertThat(config.settings().lora().r()).isEqualTo(16);
        assertThat(config.settings().lora().loraAlpha()).isEqualTo(4);
        assertThat(config.settings().lora().targetModules()).containsExactly("q_proj", "v_proj");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    micro_batch_sise: 1           | micro_batch_sise  | did you mean micro_batch_size
                    optimizer: {learning_rte: 1}  | optimizer.learning_rte | did you mean optimizer.learning_rate
                    learning_rate: 1              | unknown key learning_rate | did you mean optimizer.learning_rate
                    optimizer: {learning_rate: .nan} | optimizer.learning_rate is | a number
                    optimizer: {learning_rate: -1}   | optimizer.learning_rate is -1 | at least 0
                    optimizer: {name: adamm}      | optimizer.name is adamm | did you mean adamw
                    optimizer: {min8bit_size: 1}  | optimizer.min8bit_size | did you mean optimizer.min_8bit_size
                    optimizer: {page_budget_mb: 0} | optimizer.page_budget_mb is 0 | at least 1
                    optimizer: 3                  | optimizer is 3  | block of keys
                    quantization: {block_size: 48} | quantization.block_size is 48 | power of two
                    micro_batch_size: 0           | micro_batch_size is 0 | at least 1
                    micro_batch_size: many        | micro_batch_size is many | whole number
                    micro_batch_size: 1.5         | micro_batch_size is 1.5 | whole number
                    micro_batch_size: 99999999999 | micro_batch_size is 99999999999 | smaller
                    micro_batch_tokens: 0         | micro_batch_tokens is 0 | at least 1
                    rows_per_step: 0              | rows_per_step is 0 | at least 1
                    full_fine_tuning: true        | full_fine_tuning is true beside lora | leave one
                    full_fine_tuning: perhaps     | full_fine_tuning is perhaps | true or false
                    epochs: 2                     | epochs is given beside steps | one of them
                    data: []                      | data is an empty list | name a file
                    """)
    void refusesAWrongKeyWithItsNameValueAndFile(String line, String key, String help) {
        String base = line.startsWith("data") ? SMALL.replace("data: rows.jsonl\n", "") : SMALL;
        refused(() -> read(base + line + "\n"), key, help, "own.yaml");
    }

    @ParameterizedTest
    @CsvSource({
        "model, model is missing",
        "output, output is missing",
        "steps, steps is missing",
        "lora, lora is missing"
    })
    void namesAKeyThatIsLeftOut(String key, String said) {
        refused(() -> read(SMALL.replaceAll("(?m)^" + key + ":.*\n", "")), said, "own.yaml");
    }

    @Test
    void aStepHasTheRowsOfItsMicroBatchesUnlessItsOwnNumberIsTold() throws IOException {
        assertThat(read(SMALL).settings().stepRows()).isEqualTo(4);
        assertThat(read(SMALL, "micro_batch_size=2", "gradient_accumulation_steps=8")
                        .settings()
                        .stepRows())
                .isEqualTo(16);
        TrainConfig packed = read(SMALL, "micro_batch_tokens=8192", "rows_per_step=96");
        assertThat(packed.settings().stepRows()).isEqualTo(96);
        assertThat(packed.settings().microBatchSize()).isNull();
        assertThat(read(ConfigText.yaml(packed))).isEqualTo(packed);
        assertThat(read(SMALL, "micro_batch_size=3", "rows_per_step=7")
                        .settings()
                        .stepRows())
                .isEqualTo(7);
        assertThat(read(SMALL, "micro_batch_tokens=8192").settings().stepRows()).isEqualTo(4);
    }

    @Test
    void refusesTwoKeysThatSayHowAStepIsSplit() {
        refused(
                () -> read(SMALL, "micro_batch_size=2", "micro_batch_tokens=64"),
                "micro_batch_tokens is given beside micro_batch_size",
                "micro_batch_size=null");
        refused(
                () -> read(SMALL, "rows_per_step=8", "gradient_accumulation_steps=2"),
                "rows_per_step is given beside gradient_accumulation_steps");
    }

    @Test
    void namesTheCommandLineForWrongOverrides() {
        refused(() -> read(SMALL, "optimizer.learning_rte=0.1"), "learning_rte", "did you mean", "the command line");
        refused(() -> read(SMALL, "steps=many"), "steps is many", "the command line");
        refused(() -> read(SMALL, "steps"), "not key=value but steps", "the command line");
        refused(() -> read(SMALL, "steps=[1,"), "steps", "the command line");
    }

    @Test
    void namesTheLineOfAFileThatIsNotYaml() {
        refused(() -> read("model: [1, 2\n  data: {\n"), "not YAML", "own.yaml:");
        refused(() -> read("- a\n- b\n"), "own.yaml");
        refused(() -> read(""), "own.yaml");
        refused(() -> read("steps: 1\nsteps: 2\n"), "own.yaml:2");
    }

    @Test
    void namesAFileThatIsMissingAndAFolder() {
        refused(() -> TrainConfig.read(folder.resolve("nowhere.yaml"), List.of()), "no such config", "nowhere.yaml");
        refused(() -> TrainConfig.read(folder, List.of()), "folder", folder.toString());
    }

    @Test
    void everySentenceHasThreePartsAndNoColonInTheFirst() {
        assertThatThrownBy(() -> read(SMALL + "optimizer: {name: \"a: b\"}\n"))
                .isInstanceOfSatisfying(BadInputException.class, e -> {
                    assertThat(e.what()).doesNotContain(":").isNotBlank();
                    assertThat(e.where()).isNotBlank();
                    assertThat(e.remedy()).isNotBlank();
                });
    }

    @Test
    void acceptsFullFineTuningAndAnAdapterWithoutLora() throws IOException {
        String without = SMALL.replaceAll("(?m)^lora:.*\n", "");
        assertThat(read(without + "full_fine_tuning: true\n").settings().fullFineTuning())
                .isTrue();
        assertThat(read(without + "adapter: start\n").settings().adapter()).isEqualTo(folder.resolve("start"));
        refused(() -> read(without + "full_fine_tuning: true\nquantization: {format: nf4}\n"), "beside quantization");
    }
}
