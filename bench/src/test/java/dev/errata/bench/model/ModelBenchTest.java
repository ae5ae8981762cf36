package dev.errata.bench.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelBenchTest {
    @TempDir
    private static Path folder;

    private static Path model;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.in(folder);
    }

    @Test
    void measuresEveryCombination() {
        BenchProgram ran = BenchProgram.run(
                "model",
                "--model",
                model,
                "--prompt",
                "6",
                "--generate",
                "4",
                "--batch",
                "1,3",
                "--threads",
                "1,2",
                "--context",
                2,
                "--repeat",
                2,
                "--temperature",
                0.7,
                "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode result = ran.json();
        assertThat(result.path("machine").asText()).contains("cores");
        assertThat(result.path("jdk").asText()).contains("25");
        List<String> tests = new ArrayList<>();
        for (JsonNode row : result.path("rows")) {
            tests.add(row.path("test").asText() + row.path("tokens") + " by " + row.path("batch") + " on "
                    + row.path("threads"));
            JsonNode rate = row.path("tokens_per_second");
            assertThat(rate.path("min").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(rate.path("median").asDouble());
            assertThat(rate.path("median").asDouble())
                    .isLessThanOrEqualTo(rate.path("max").asDouble());
            assertThat(row.path("warmup_tokens_per_second").asDouble()).isPositive();
            assertThat(row.path("sampling").asText()).isEqualTo("temperature 0.7");
            assertThat(row.path("dtype").asText()).isEqualTo("f32");
        }
        assertThat(tests)
                .containsExactly(
                        "prompt6 by 1 on 1",
                        "prompt6 by 3 on 1",
                        "generate4 by 1 on 1",
                        "generate4 by 3 on 1",
                        "prompt6 by 1 on 2",
                        "prompt6 by 3 on 2",
                        "generate4 by 1 on 2",
                        "generate4 by 3 on 2");
        assertThat(ran.err()).contains("bench model: 24 of 24 runs");
    }

    @Test
    void printsATableOrCsv() {
        Object[] arguments = {
            "model", "--model", model, "--prompt", "0", "--generate", "2", "--repeat", 1, "--threads", 1, "--greedy"
        };
        assertThat(BenchProgram.run(arguments).out()).contains("| tiny ", " tg2 ", " greedy ");
        List<Object> csv = new ArrayList<>(List.of(arguments));
        csv.add("--csv");
        List<String> lines = BenchProgram.run(csv.toArray()).lines();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith("model,dtype,device,threads,batch,test,");
        assertThat(lines.get(1)).startsWith("tiny,f32,cpu,1,1,tg2,1,greedy,");
    }

    @ParameterizedTest
    @CsvSource({"--batch, 0", "--prompt, -1", "--context, 0", "--repeat, 0", "--warmup, 0", "--batch, x", "--dtype, f8"
    })
    void refusesAWrongValueInOneLine(String option, String value) {
        BenchProgram ran = BenchProgram.run("model", "--model", model, option, value);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.lastLine()).startsWith("errata: ").contains(option);
    }

    @Test
    void refusesWhatLeavesNothingToDo() {
        BenchProgram none = BenchProgram.run("model", "--model", model, "--prompt", 0, "--generate", 0);
        assertThat(none.code()).isEqualTo(2);
        BenchProgram twice = BenchProgram.run("model", "--model", model, "--csv", "--json");
        assertThat(twice.code()).isEqualTo(2);
        BenchProgram nowhere = BenchProgram.run("model", "--model", folder.resolve("none"));
        assertThat(nowhere.code()).isEqualTo(2);
        assertThat(nowhere.lastLine()).contains("none");
        BenchProgram nothing = BenchProgram.run();
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.lastLine()).contains("bench");
    }
}
