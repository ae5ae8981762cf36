package dev.errata.pipeline.problem;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.pipeline.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedFilesTest {
    private static final Path DEMO = Path.of("..", "configs", "demo");
    private static final int PRETRAINING_ROWS = 80_000;

    @Test
    void pretrainingProblemsAndHeldOutProblemsShareNoQuestionAndNoId() throws IOException {
        List<JsonNode> problems = rows(DEMO.resolve("problems.jsonl.gz"));
        List<JsonNode> heldOut = rows(DEMO.resolve("held_out.jsonl.gz"));
        Set<String> asked = values(problems, "question");
        Set<String> evaluated = values(heldOut, "question");

        assertThat(problems).hasSameSizeAs(asked).hasSizeGreaterThanOrEqualTo(800);
        assertThat(heldOut).hasSameSizeAs(evaluated).hasSizeGreaterThanOrEqualTo(300);
        assertThat(asked).doesNotContainAnyElementsOf(evaluated);
        assertThat(values(problems, "id")).doesNotContainAnyElementsOf(values(heldOut, "id"));
        ProblemGenerator pretraining = new ProblemGenerator(1, Mix.PRETRAIN, Split.PRETRAINING);
        LongStream.range(0, PRETRAINING_ROWS)
                .mapToObj(number -> Split.normalized(pretraining.problem(number).question()))
                .forEach(question -> {
                    assertThat(asked.contains(question)).as(question).isFalse();
                    assertThat(evaluated.contains(question)).as(question).isFalse();
                });
    }

    @Test
    void theCommandWritesTheSameProblemsAgain(@TempDir Path folder) throws IOException {
        assertThat(rows(written(folder, "--seed", "2", "--count", "1200", "--split", "problems")))
                .isEqualTo(rows(DEMO.resolve("problems.jsonl.gz")));
        assertThat(rows(written(folder, "--seed", "3", "--count", "400", "--split", "held_out")))
                .isEqualTo(rows(DEMO.resolve("held_out.jsonl.gz")));
    }

    @Test
    void theTokenizersFilesAreWhatTheVocabularyGives(@TempDir Path folder) throws IOException {
        DemoTokenizer.write(folder);

        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            assertThat(DEMO.resolve("model").resolve(name)).hasSameTextualContentAs(folder.resolve(name));
        }
        JsonNode config =
                new ObjectMapper().readTree(DEMO.resolve("model/config.json").toFile());
        assertThat(config.get("vocab_size").intValue())
                .isEqualTo(DemoTokenizer.tokens().size());
    }

    private static Path written(Path folder, String... options) {
        Path file = folder.resolve("rows.jsonl.gz");
        List<String> all = new ArrayList<>(List.of("problems"));
        all.addAll(List.of(options));
        all.addAll(List.of("--output", file.toString()));
        assertThat(Main.run(System.out, System.err, null, all.toArray(String[]::new)))
                .isZero();
        return file;
    }

    private static Set<String> values(List<JsonNode> rows, String key) {
        Set<String> values = new HashSet<>();
        rows.forEach(row -> values.add(
                key.equals("question")
                        ? Split.normalized(row.get(key).textValue())
                        : row.get(key).textValue()));
        return values;
    }

    private static List<JsonNode> rows(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            List<JsonNode> rows = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                rows.add(json.readTree(line));
            }
            return rows;
        }
    }
}
