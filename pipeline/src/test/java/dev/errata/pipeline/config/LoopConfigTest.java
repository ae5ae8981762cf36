package dev.errata.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import dev.errata.train.config.ConfigText;
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
        assertThat(config.arms()).containsExactly("cot", "lema");
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
                    arms=[cot, cot]         | arms is
                    arms=[]                 | arms is
                    filter.mode=swap        | filter.mode is swap
                    """)
    void refusesWrongKeysAndValues(String override, String said) {
        assertThatThrownBy(() -> read(override))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(said);
    }

    @Test
    void makesTheConfigOfAnArmsTraining() throws IOException {
        TrainConfig config = read("seed=5", "prompt=chat").training(Path.of("rows.jsonl"), Path.of("out"));
        assertThat(config.seed()).isEqualTo(5);
        assertThat(config.prompt()).isEqualTo("chat");
        assertThat(config.settings().steps()).isEqualTo(3);
    }
}
