package dev.errata.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoopConfigTest {
    private static final String SMALL = """
            model: small
            problems: train.jsonl
            held_out: test.jsonl
            output: run
            train: {lora: {r: 2}, steps: 3}
            """;

    @TempDir
    private Path folder;

    private LoopConfig read(String... overrides) throws IOException {
        return LoopConfig.read(Files.writeString(folder.resolve("own.yaml"), SMALL), List.of(overrides));
    }

    @Test
    void fillsInTheDefaultsOfTheContract() throws IOException {
        LoopConfig config = read();
        assertThat(config.sample().stop()).containsExactly("\nQuestion:");
        assertThat(config.filter().correctionShare()).isEqualTo(0.28);
        assertThat(config.arms()).containsExactly(ArmConfig.named("cot"), ArmConfig.named("lema"));
        assertThat(config.correct().corrector()).isEqualTo("answer-key");
        assertThat(config.correct().openai().maxRetries()).isEqualTo(6);
    }

    @Test
    void writesEveryKeyBackAndReadsItAgain() throws IOException {
        LoopConfig config =
                read("correct.corrector=openai", "correct.openai.model=m", "sample.stop=[\"\\n\\n\", \"#\"]");
        Path copy = Files.writeString(folder.resolve("copy.yaml"), ConfigText.yaml(config));
        assertThat(LoopConfig.read(copy, List.of())).isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    sample.problms=3        | unknown key sample.problms, did you mean sample.problems
                    tran.steps=3            | unknown key tran, did you mean train
                    sample.problems=many    | sample.problems is many
                    sample.temperature=0    | sample.temperature is 0
                    train.seed=3            | key train.seed belongs to the loop itself
                    train.data=x.jsonl      | key train.data belongs to the loop itself
                    correct.corrector=gpt   | correct.corrector is gpt
                    correct.corrector=openai | correct.openai.model is missing
                    correct.corrector=local | correct.local.model is missing
                    correct.corrector=replay | correct.replay.file is missing
                    correct.openai.base_url=nowhere | correct.openai.base_url is nowhere
                    task=gsm8                | task is gsm8, did you mean gsm8k
                    arms=[cot, cot]         | arms is
                    arms=[]                 | arms is
                    arms=[cot, lemma]       | arms[1] is lemma
                    arms=[cot, {name: COT}] | arms is [cot, COT]
                    arms=[{name: base}]     | arms[0].name is base
                    arms=[{name: a/b}]      | arms[0].name is a/b
                    arms=[{name: lema, cot: all}] | arms[0].name is lema
                    arms=[{name: a, cott: all}] | unknown key arms[0].cott, did you mean arms[0].cot
                    arms=[{name: a, cot: some}] | arms[0].cot is some
                    arms=[{name: a, cot: 0}] | arms[0].cot is 0
                    arms=[{name: a, cot: none}] | arms[0].cot is none, and there is nothing else
                    arms=[{name: a, corrections: a.jsonl}] | arms[0].corrections is a file
                    arms=[{name: a, parts: [step]}] | arms[0].parts is given, and corrections is none
                    arms=[{name: a, corrections: all, parts: [steps]}] | arms[0].parts is steps
                    arms=[{name: a, corrections: all, parts: []}] | arms[0].parts is []
                    arms=[{name: a, tokens: lema}] | arms[0].tokens is lema
                    arms=[cot, {name: a, tokens: like lema}] | arms[1].tokens is like lema
                    arms=[{name: a, tokens: like b}, {name: b, tokens: like a}] | arms[0].tokens leads back to where it began
                    arms=[{name: a, tokens: like a}] | arms[0].tokens leads back to where it began
                    arms=[{name: a, steps: 0}] | arms[0].steps is 0
                    filter.mode=swap        | filter.mode is swap
                    """)
    void refusesWrongKeysAndValues(String override, String said) {
        assertThatThrownBy(() -> read(override))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(said);
    }

    @Test
    void keepsCredentialsOfAnAddressOutOfTheConfigAndTheMessage() {
        for (String address : List.of(
                "http://user:s3cret@127.0.0.1:8000/v1",
                "http://user:s3c ret@host/v1",
                "user:s3cret@127.0.0.1:8000",
                "http://user:p@s3cret@host/v1",
                "https://host/v1?api-key=s3cret",
                "https://host/v1?api-version=1&token=s3cret")) {
            assertThatThrownBy(() -> read("correct.openai.base_url='" + address + "'"))
                    .as(address)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("correct.openai.base_url")
                    .message()
                    .doesNotContain("cret");
        }
    }

    @Test
    void addsToAnAddressWhatTheRequestsNeed() {
        assertThat(completions("http://127.0.0.1:8000/v1/")).isEqualTo("http://127.0.0.1:8000/v1/chat/completions");
        assertThat(completions("https://host/v1/chat/completions")).isEqualTo("https://host/v1/chat/completions");
        assertThat(completions("https://host/d/m?api-version=2024-10-21"))
                .isEqualTo("https://host/d/m/chat/completions?api-version=2024-10-21");
        assertThat(completions("https://[::1]:80")).isEqualTo("https://[::1]:80/chat/completions");
    }

    private static String completions(String base) {
        return EndpointAddress.of(base).orElseThrow().completions().toString();
    }

    @Test
    void tellsWhereAKeyCanBeReadOnItsWay() {
        for (String safe :
                List.of("https://host/v1", "http://127.0.0.2:1/v1", "http://localhost/", "http://[::1]:8/")) {
            assertThat(EndpointAddress.of(safe).orElseThrow().isExposed())
                    .as(safe)
                    .isFalse();
        }
        for (String exposed : List.of("http://host/v1", "http://10.0.0.1/", "http://127.example.com/")) {
            assertThat(EndpointAddress.of(exposed).orElseThrow().isExposed())
                    .as(exposed)
                    .isTrue();
        }
    }

    @Test
    void takesATemperatureOfNullForNone() throws IOException {
        LoopConfig config = read("correct.openai.temperature=null");
        assertThat(config.correct().openai().temperature()).isNull();
        Path copy = Files.writeString(folder.resolve("copy.yaml"), ConfigText.yaml(config));
        assertThat(LoopConfig.read(copy, List.of())).isEqualTo(config);
        assertThat(read().correct().openai().temperature()).isZero();
        assertThat(read("correct.openai.max_tokens=null").correct().openai().maxTokens())
                .isEqualTo(1024);
    }

    @Test
    void anArmIsANameOrABlockAndIsWrittenBackAsShortAsItCanBe() throws IOException {
        LoopConfig config = read("arms=[lema, {name: bare, corrections: all, parts: [step, solution], steps: 2},"
                + " {name: own, cot: rows.jsonl, tokens: like lema}]");
        assertThat(config.armNames()).containsExactly("lema", "bare", "own");
        assertThat(config.arm("own").cot())
                .isEqualTo(new RowChoice.OfFile(Path.of("rows.jsonl").toAbsolutePath()));
        assertThat(config.training("bare", Path.of("r"), Path.of("o"))
                        .settings()
                        .steps())
                .isEqualTo(2);
        assertThat(ConfigText.yaml(config)).contains("- lema", "- name: bare", "  corrected: none");
        Path copy = Files.writeString(folder.resolve("copy.yaml"), ConfigText.yaml(config));
        assertThat(LoopConfig.read(copy, List.of())).isEqualTo(config);
    }

    @Test
    void partsAreThoseThatTheTasksCorrectionsHave() {
        assertThatThrownBy(() -> read("task=csqa", "arms=[{name: a, corrections: all, parts: [step]}]"))
                .hasMessageContaining("which corrections of csqa don't have");
    }

    @Test
    void aWrongKeyOfAnArmIsNamedWithItsLine() throws IOException {
        Path file = Files.writeString(folder.resolve("arms.yaml"), SMALL + "arms:\n- cot\n- name: a\n  cot: maybe\n");
        assertThatThrownBy(() -> LoopConfig.read(file, List.of())).hasMessageContaining("arms.yaml:9");
    }

    @Test
    void makesTheConfigOfAnArmsTraining() throws IOException {
        TrainConfig config = read("seed=5", "prompt=chat").training("cot", Path.of("rows.jsonl"), Path.of("out"));
        assertThat(config.seed()).isEqualTo(5);
        assertThat(config.prompt()).isEqualTo("chat");
        assertThat(config.settings().steps()).isEqualTo(3);
    }
}
