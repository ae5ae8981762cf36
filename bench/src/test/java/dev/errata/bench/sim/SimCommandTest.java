package dev.errata.bench.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.pipeline.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimCommandTest {
    private static final String SCALE = """
            .version 7.4
            .target sm_80
            .address_size 64
            .visible .entry scale(.param .u64 x, .param .f32 by, .param .u32 n)
            {
              .reg .pred %p; .reg .f32 %f<4>; .reg .b32 %r<8>; .reg .b64 %d<4>;
              ld.param.u64 %d0, [x];
              ld.param.f32 %f0, [by];
              ld.param.u32 %r0, [n];
              mov.u32 %r1, %ctaid.x;
              mov.u32 %r2, %ntid.x;
              mov.u32 %r3, %tid.x;
              mad.lo.u32 %r4, %r1, %r2, %r3;
              setp.ge.u32 %p, %r4, %r0;
              @%p bra DONE;
              mad.wide.u32 %d1, %r4, 4, %d0;
              ld.global.f32 %f1, [%d1];
              mul.rn.f32 %f1, %f1, %f0;
              st.global.f32 [%d1], %f1;
              DONE: ret;
            }
            """;

    @TempDir
    private Path folder;

    private Path ptx;
    private String out;
    private String err;

    @BeforeEach
    void write() throws IOException {
        ptx = Files.writeString(folder.resolve("scale.ptx"), SCALE);
    }

    private int sim(String... arguments) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        String[] all = Stream.concat(Stream.of("sim", ptx.toString()), Arrays.stream(arguments))
                .toArray(String[]::new);
        int code = Main.run(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                () -> {
                    throw new IllegalStateException("no engine is needed");
                },
                all);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    @Test
    void writesBuffersAndCounts() throws IOException {
        Path result = folder.resolve("o.safetensors");
        assertThat(sim(
                        "--json",
                        "--grid",
                        "2",
                        "--block",
                        "32",
                        "--arg",
                        "f32[50]=3",
                        "--arg",
                        "f32:0.5",
                        "--arg",
                        "u32:50",
                        "--out",
                        result.toString()))
                .isZero();
        JsonNode json = new ObjectMapper().readTree(out);
        assertThat(json.get("findings")).isEmpty();
        // 64 threads touch 50 floats: 7 sectors by the loads, 7 by the stores.
        assertThat(json.get("global_sectors").asInt()).isEqualTo(14);
        assertThat(json.get("global_requests").asInt()).isEqualTo(4);
        assertThat(json.get("bank_conflicts").asInt()).isZero();
        assertThat(json.get("by_kind").get("mul.rn.f32").asInt()).isEqualTo(2);
        assertThat(json.get("instructions").asInt()).isEqualTo(28);
        try (Arena arena = Arena.ofConfined()) {
            float[] values =
                    SafetensorsFile.open(result, arena).entries().get("arg.0").toFloats();
            assertThat(values).hasSize(50).containsOnly(1.5f);
        }
        assertThat(sim("--grid", "1", "--block", "32", "--arg", result + ":arg.0", "--arg", "f32:2", "--arg", "u32:32"))
                .isZero();
        assertThat(out).contains("warp instructions").contains("nothing found");
    }

    @Test
    void findingsAreRecordsAndExitCodeOne() throws IOException {
        assertThat(sim(
                        "--json", "--grid", "1", "--block", "64", "--arg", "f32[50]", "--arg", "f32:0.5", "--arg",
                        "u32:64"))
                .isEqualTo(1);
        JsonNode findings = new ObjectMapper().readTree(out).get("findings");
        assertThat(findings.findValuesAsText("kind"))
                .containsExactly("unwritten-read", "out-of-bounds", "out-of-bounds");
        assertThat(findings.get(1).get("kernel").asText()).isEqualTo("scale");
        assertThat(findings.get(1).get("line").asInt()).isEqualTo(17);
        assertThat(findings.get(1).get("thread").get(0).asInt()).isEqualTo(50);
        assertThat(err).contains("3 findings").contains("unwritten-read in line 17");
    }

    @Test
    void wrongInputIsExitCodeTwoAndSaysWhatToDo() throws IOException {
        assertThat(sim("--grid", "1", "--block", "32")).isEqualTo(2);
        assertThat(err).contains("give one --arg for each of its 3 parameters");
        assertThat(sim("--grid", "0", "--block", "32")).isEqualTo(2);
        assertThat(err).contains("--grid 0");
        assertThat(sim("--grid", "1", "--block", "32", "--arg", "f32[4]", "--arg", "f31:1", "--arg", "u32:1"))
                .isEqualTo(2);
        assertThat(err).contains("no type f31");
        assertThat(sim("--grid", "1", "--block", "32", "--arg", "f32[4]", "--arg", "f64:1", "--arg", "u32:1"))
                .isEqualTo(2);
        assertThat(err).contains("parameter by has 4");
        Files.writeString(ptx, SCALE.replace("mul.rn", "mull.rn"));
        assertThat(sim("--grid", "1", "--block", "32")).isEqualTo(2);
        assertThat(err)
                .contains("unknown instruction mull.rn.f32 %f1, %f1, %f0")
                .contains("line 18");
        Files.writeString(ptx, "this is no PTX");
        assertThat(sim("--grid", "1", "--block", "32")).isEqualTo(2);
        assertThat(err).contains("line 1");
    }
}
