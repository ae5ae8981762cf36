package dev.errata.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.bench.BenchProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuBenchTest {
    @TempDir
    private Path folder;

    private Path output;

    @BeforeEach
    void name() {
        output = folder.resolve("bench.json");
    }

    private BenchProgram run(Object... more) {
        List<Object> all = new ArrayList<>(List.of("gpu-bench", "--device", "sim", "--output", output));
        all.addAll(List.of(more));
        return BenchProgram.command(all.toArray());
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    @Test
    void aStepDecodingAndKernelsAreMeasuredAndKept() throws IOException {
        BenchProgram program = run("--only", "train-7b,decode-7b-bf16,memory", "--json");
        assertThat(program.code()).as(program.err()).isZero();
        JsonNode result = program.json();
        assertThat(texts(result.get("parts")))
                .as("in their own order")
                .containsExactly("train-7b", "decode-7b-bf16", "memory");
        assertThat(result.get("card").get("device").asText()).isEqualTo("sim");
        assertThat(result.get("ceilings").get("copy_bytes_per_second").asDouble())
                .isPositive();

        JsonNode step = result.get("training").get(0);
        assertThat(step.get("layers_run")).isEqualTo(step.get("layers"));
        assertThat(step.get("recompute").asText()).isEqualTo("none");
        assertThat(step.get("tokens_per_second").get("median").asDouble()).isPositive();
        assertThat(step.get("peak_bytes").asLong())
                .isGreaterThan(step.get("weight_bytes").asLong());
        List<String> operators = new ArrayList<>();
        double share = 0;
        for (JsonNode operator : step.get("operators")) {
            operators.add(operator.get("name").asText());
            share += operator.get("share").asDouble();
        }
        assertThat(operators)
                .contains("Linear, 4-bit weight", "LinearBackward, 4-bit weight", "Attention", "AdamWStep");
        assertThat(share).isBetween(0.999, 1.001);

        List<String> decoding = new ArrayList<>();
        result.get("decoding")
                .forEach(row -> decoding.add(
                        row.get("weights").asText() + " by " + row.get("batch").asInt()));
        assertThat(decoding).containsExactly("bf16 by 1", "bf16 by 2");
        assertThat(result.get("kernels")).hasSizeGreaterThan(20);

        String kept = Files.readString(output);
        BenchProgram again = run("--only", "memory,train-7b");
        assertThat(again.code()).isZero();
        assertThat(again.err()).contains("all of it is in " + output);
        assertThat(again.out()).contains("rms norm backward", "Time by operator", "QLoRA step", "decoding");
        assertThat(Files.readString(output)).as("nothing was measured").isEqualTo(kept);
    }

    @Test
    void whatThereIsNoTimeForIsNamedAndMeasuredByTheNextCall() {
        BenchProgram first = run("--minutes", "0.000001", "--only", "decode-13b,decode-7b", "--json");
        assertThat(first.code()).isZero();
        assertThat(texts(first.json().get("skipped"))).containsExactly("decode-7b", "decode-13b");
        assertThat(first.err()).contains("decode-13b is skipped: time is up");
        BenchProgram second = run("--only", "decode-13b", "--json");
        assertThat(texts(second.json().get("parts"))).containsExactly("decode-13b");
        assertThat(texts(second.json().get("skipped"))).isEmpty();
        BenchProgram third = run("--only", "decode-13b,decode-7b", "--json");
        assertThat(texts(third.json().get("parts"))).containsExactly("decode-13b", "decode-7b");
        assertThat(third.json().get("decoding").get(0))
                .as("measured by the call before")
                .isEqualTo(second.json().get("decoding").get(0));
    }

    @Test
    void whatItCannotDoIsOneSentence() throws IOException {
        assertThat(run("--only", "train-8b").lastLine()).startsWith("errata: no part train-8b: --only: name some of ");
        assertThat(run("--minutes", "0").code()).isEqualTo(2);
        assertThat(run("--minutes", "NaN").code()).isEqualTo(2);
        BenchProgram cpu = BenchProgram.command("gpu-bench", "--device", "cpu");
        assertThat(cpu.code()).isEqualTo(2);
        assertThat(cpu.lastLine()).contains("use cuda, or sim");

        Files.writeString(output, "{}");
        assertThat(run("--only", "memory").code()).isEqualTo(2);
        Files.writeString(output, "no JSON");
        BenchProgram broken = run("--only", "memory");
        assertThat(broken.code()).isEqualTo(2);
        assertThat(broken.lastLine()).contains(output.toString(), "name another --output");
        Files.delete(output);
        run("--minutes", "0.000001", "--only", "memory");
        Files.writeString(output, Files.readString(output).replace("PTX simulator", "another card"));
        BenchProgram other = run("--only", "memory");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.lastLine()).contains("of another device", "another card");
    }
}
