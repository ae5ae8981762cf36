package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code score} and {@code generate} in the arithmetic that is asked for. */
class ScoreCommandTest {
    private static final Path MODEL = Path.of("../model/src/test/resources/oracle/models/llama2-mha");

    @TempDir
    private Path folder;

    @Test
    void lossesInBf16AreNearThoseInF32AndNotTheSame() {
        double f32 = loss("f32");
        assertThat(loss("bf16")).isNotEqualTo(f32).isCloseTo(f32, within(0.03));
    }

    private double loss(String dtype) {
        Path rows = Program.rows(folder, "rows.jsonl", "{\"ids\": [5, 9, 100, 7, 33], \"labels\": [5, 9, 100, 7, 33]}");
        return Program.run("score", "--model", MODEL, "--dtype", dtype, "--input", rows, "--json")
                .rows()
                .getFirst()
                .get("loss")
                .doubleValue();
    }

    @Test
    void aTypeThatNothingComputesInIsRefused() {
        Path rows = Program.rows(folder, "rows.jsonl", "{\"ids\": [5]}");
        for (String command : List.of("score", "generate")) {
            Program.run(command, "--model", MODEL, "--dtype", "f16", "--input", rows)
                    .refused("f16 is no type to compute in", "--dtype", "use f32, bf16 or int8");
        }
    }
}
