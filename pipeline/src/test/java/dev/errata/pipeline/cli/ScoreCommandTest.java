package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
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

    /** What 8 bits cost here: less than 0.02 of a loss of some 6. */
    @Test
    void lossesInInt8AreNearThoseInF32AndNotTheSame() {
        Path quantized = folder.resolve("q8_0.gguf");
        Program.run("convert", "--input", MODEL, "--to", "gguf", "--type", "q8_0", "--output", quantized)
                .succeeded();
        double f32 = loss(quantized, "f32");
        double int8 = loss(quantized, "int8");
        assertThat(int8).isNotEqualTo(f32).isCloseTo(f32, within(0.02));
        assertThat(loss(quantized, "int8", "--machine-code", "off")).isEqualTo(int8);
        assertThat(loss(quantized, "int8", "--threads", "1")).isEqualTo(int8);
    }

    @Test
    void int8WantsQuantizedWeightsAndNoGradients() {
        Path rows = Program.rows(folder, "rows.jsonl", "{\"ids\": [5]}");
        Program.run("score", "--model", MODEL, "--dtype", "int8", "--input", rows)
                .refused("no weights in GGML's blocks", "--dtype int8", "use f32 or bf16");
        Program.run(
                        "score",
                        "--model",
                        MODEL,
                        "--dtype",
                        "int8",
                        "--input",
                        rows,
                        "--gradients",
                        folder.resolve("g.safetensors"))
                .refused("gradients aren't computed in int8", "--dtype", "use f32 or bf16");
        Program.run("score", "--model", MODEL, "--machine-code", "on", "--input", rows)
                .refused("machine code is on", "--machine-code", "use auto or off");
    }

    private double loss(String dtype) {
        return loss(MODEL, dtype);
    }

    private double loss(Path model, String dtype, String... options) {
        Path rows = Program.rows(folder, "rows.jsonl", "{\"ids\": [5, 9, 100, 7, 33], \"labels\": [5, 9, 100, 7, 33]}");
        List<Object> arguments =
                new ArrayList<>(List.of("score", "--model", model, "--dtype", dtype, "--input", rows, "--json"));
        arguments.addAll(List.of(options));
        return Program.run(arguments.toArray()).rows().getFirst().get("loss").doubleValue();
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
