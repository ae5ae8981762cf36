package dev.errata.pipeline.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Every seed and every former failure of every fuzz target, each within a few seconds. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FuzzSeedsTest {
    /** Of the processor's time, so that other work on the machine doesn't count. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final Map<String, Consumer<byte[]>> TARGETS = new TreeMap<>(Map.ofEntries(
            entry("Config", ConfigFuzz::fuzzerTestOneInput),
            entry("Gguf", GgufFuzz::fuzzerTestOneInput),
            entry("GgufParts", GgufPartsFuzz::fuzzerTestOneInput),
            entry("Grader", GraderFuzz::fuzzerTestOneInput),
            entry("GzipRows", GzipRowsFuzz::fuzzerTestOneInput),
            entry("ModelFolder", ModelFolderFuzz::fuzzerTestOneInput),
            entry("Ptx", PtxFuzz::fuzzerTestOneInput),
            entry("Request", RequestFuzz::fuzzerTestOneInput),
            entry("Rows", RowsFuzz::fuzzerTestOneInput),
            entry("Safetensors", SafetensorsFuzz::fuzzerTestOneInput),
            entry("SentencePiece", SentencePieceFuzz::fuzzerTestOneInput),
            entry("Template", TemplateFuzz::fuzzerTestOneInput),
            entry("TokenizerJson", TokenizerJsonFuzz::fuzzerTestOneInput),
            entry("TrainingRows", TrainingRowsFuzz::fuzzerTestOneInput)));

    private static Map.Entry<String, Consumer<byte[]>> entry(String name, Consumer<byte[]> target) {
        return Map.entry(name, target);
    }

    @TestFactory
    Stream<DynamicNode> endsWellOrWithASentence() {
        return TARGETS.entrySet().stream()
                .map(target -> dynamicContainer(
                        target.getKey(),
                        seeds(target.getKey()).stream()
                                .map(seed -> dynamicTest(
                                        seed.getFileName().toString(), () -> passesInTime(target.getValue(), seed)))));
    }

    private static void passesInTime(Consumer<byte[]> target, Path seed) throws IOException {
        byte[] input = Files.readAllBytes(seed);
        long start = THREADS.getCurrentThreadCpuTime();
        target.accept(input);
        assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start)).isLessThan(LONGEST);
    }

    private static List<Path> seeds(String target) {
        URL folder = FuzzSeedsTest.class.getResource("/fuzz/" + target);
        assertThat(folder).as("seeds of " + target).isNotNull();
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
