package dev.errata.pipeline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
    void theGeneratorWritesTheSameProblemsAgain(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("rows.jsonl.gz");
        GeneratedFile generated = new GeneratedFile(file, GeneratedFile.Rows.PROBLEMS);

        generated.write(new ProblemSet(new ProblemGenerator(2, Mix.TASK, Split.PROBLEMS)), 1200);
        assertThat(rows(file)).isEqualTo(rows(DEMO.resolve("problems.jsonl.gz")));
        generated.write(new ProblemSet(new ProblemGenerator(3, Mix.TASK, Split.HELD_OUT)), 400);
        assertThat(rows(file)).isEqualTo(rows(DEMO.resolve("held_out.jsonl.gz")));
    }

    @Test
    void theTokenizersFilesAreWhatTheVocabularyGives(@TempDir Path folder) throws IOException {
        DemoTokenizer.write(folder);

        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            assertThat(DEMO.resolve("errata-2m").resolve(name)).hasSameTextualContentAs(folder.resolve(name));
        }
        JsonNode config = new ObjectMapper()
                .readTree(DEMO.resolve("errata-2m/config.json").toFile());
        assertThat(config.get("vocab_size").intValue())
                .isEqualTo(DemoTokenizer.tokens().size());
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
