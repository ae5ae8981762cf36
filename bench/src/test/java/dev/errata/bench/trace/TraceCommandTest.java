package dev.errata.bench.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.bench.BenchProgram;
import dev.errata.bench.TinyTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceCommandTest {
    @TempDir
    private static Path folder;

    private static TinyTraining training;
    private static JsonNode traced;

    @BeforeAll
    static void train() throws IOException {
        training = TinyTraining.in(folder, "lora: {r: 4, lora_alpha: 8, lora_dropout: 0.05}")
                .trained();
        BenchProgram ran = BenchProgram.command(
                "trace", training.run(), "--step", 5, "--json", "--output", folder.resolve("files"));
        assertThat(ran.code()).as(ran.err()).isZero();
        traced = ran.json();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void makesTheVeryStepOfARunWithoutTouchingIt(int step) throws IOException {
        Set<String> before = files(training.run());
        BenchProgram ran = BenchProgram.command(
                "trace", training.run(), "--step", step, "--json", "--output", folder.resolve("out" + step));
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.json().path("same_as_run").asBoolean()).isTrue();
        assertThat(files(training.run())).isEqualTo(before);
    }

    @Test
    void sharesOfTimeAddUpToTheStepByOperatorAndByLayer() {
        for (String table : new String[] {"operators", "layers"}) {
            double share = 0;
            for (JsonNode line : traced.path(table)) {
                share += line.path("share").asDouble();
            }
            assertThat(share).as(table).isCloseTo(1, within(1e-9));
        }
        assertThat(traced.path("layers").findValuesAsText("name"))
                .contains("embedding", "layer 0", "layer 1", "final norm", "output layer", "optimizer");
    }

    @Test
    void arithmeticIsThatOfTheModelsShapes() {
        double linear = 0;
        for (JsonNode line : traced.path("operators")) {
            if (line.path("name").asText().equals("Linear")
                    && line.path("phase").asText().equals("forward")) {
                linear += line.path("gigaflop").asDouble();
            }
        }
        // 4 rows of 11 tokens; q 64x64, k and v 32x64, o 64x64, gate, up, down 128x64 in each of two layers
        double weights = 2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 128 * 64);
        assertThat(linear * 1e9).isCloseTo(2 * 4 * 11 * weights, within(1.0));
    }

    @Test
    void whatIsKeptHasAMakerAndSomebodyWhoWaits() {
        JsonNode kept = traced.path("kept");
        assertThat(kept).isNotEmpty();
        Set<String> waiting = new HashSet<>();
        for (JsonNode line : kept) {
            assertThat(line.path("bytes").asLong()).isPositive();
            line.path("waiting").forEach(each -> waiting.add(each.asText()));
        }
        assertThat(waiting).contains("AttentionBackward", "RmsNormBackward");
    }

    @Test
    void memoryByKindFitsThePlan() {
        JsonNode memory = traced.path("memory");
        JsonNode peak = memory.path("peak");
        JsonNode planned = memory.path("planned");
        // A backend's panels have room for 32 outputs, of which a vocabulary of 97 leaves 31 empty.
        assertThat(peak.path("weights").asLong())
                .isCloseTo(planned.path("weights").asLong(), within(8192L));
        assertThat(peak.path("adapters").asLong())
                .isCloseTo(planned.path("adapters").asLong(), within(4096L));
        assertThat(peak.path("optimizer").asLong())
                .isCloseTo(planned.path("optimizer").asLong(), within(4096L));
        assertThat(memory.path("peak_bytes").asLong())
                .isLessThanOrEqualTo(planned.path("total").asLong());
        assertThat(memory.path("peak_bytes").asLong())
                .isGreaterThan(planned.path("total").asLong() * 2 / 3);
    }

    @Test
    void writesAPageThatLoadsNothingAndAChromeTrace() throws IOException {
        String page = Files.readString(folder.resolve("files").resolve("trace.html"));
        assertThat(page)
                .contains("Step 5 took", "layer 1", "What is kept for gradients")
                .doesNotContain("src=\"http");
        JsonNode chrome = new ObjectMapper()
                .readTree(folder.resolve("files").resolve("trace.json").toFile());
        long complete = 0;
        for (JsonNode event : chrome.path("traceEvents")) {
            complete += event.path("ph").asText().equals("X") ? 1 : 0;
        }
        assertThat(complete).isGreaterThan(100);
    }

    @Test
    void worksOnTheSimulatedDevice() {
        BenchProgram ran = BenchProgram.command(
                "trace", training.config(), "--device", "sim", "--output", folder.resolve("sim"), "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.json().path("device").asText()).isEqualTo("sim");
        assertThat(ran.json().has("ceilings")).isFalse();
    }

    @Test
    void aStepThatIsNoneAndAFolderThatIsNoTrainingAreRefused() {
        BenchProgram late = BenchProgram.command("trace", training.run(), "--step", 9);
        assertThat(late.code()).isEqualTo(2);
        assertThat(late.lastLine()).contains("8 steps", "--step");
        BenchProgram none = BenchProgram.command("trace", folder);
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.lastLine()).contains("metrics.jsonl is missing");
    }

    private static Set<String> files(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            Set<String> found = new HashSet<>();
            for (Path file : files.toList()) {
                found.add(file + " " + (Files.isDirectory(file) ? "" : Files.getLastModifiedTime(file)));
            }
            return found;
        }
    }
}
