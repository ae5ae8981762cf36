package dev.errata.pipeline.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Every seed and every former failure of every fuzz target, each within a few seconds. */
class FuzzSeedsTest {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final Map<String, Consumer<byte[]>> TARGETS = new TreeMap<>(Map.of(
            "Config", ConfigFuzz::fuzzerTestOneInput,
            "Gguf", GgufFuzz::fuzzerTestOneInput,
            "Grader", GraderFuzz::fuzzerTestOneInput,
            "GzipRows", GzipRowsFuzz::fuzzerTestOneInput,
            "ModelFolder", ModelFolderFuzz::fuzzerTestOneInput,
            "Rows", RowsFuzz::fuzzerTestOneInput,
            "Safetensors", SafetensorsFuzz::fuzzerTestOneInput,
            "SentencePiece", SentencePieceFuzz::fuzzerTestOneInput,
            "Template", TemplateFuzz::fuzzerTestOneInput,
            "TokenizerJson", TokenizerJsonFuzz::fuzzerTestOneInput));

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
        long start = System.nanoTime();
        target.accept(input);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONGEST);
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
