package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.rows.TinyChatModel;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code chat} with messages from a pipe. */
class ChatCommandTest {
    private static final String TEMPLATE =
            "{% for m in messages %}{% if m.content == 'no' %}{{ raise_exception('not this') }}"
                    + "{% endif %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void makeModel() throws Exception {
        model = TinyChatModel.in(folder, "model", 1, TEMPLATE);
    }

    private Program chat(String input, Object... more) {
        List<Object> all = new ArrayList<>(List.of("chat", "--model", model, "--max-new-tokens", "6"));
        all.addAll(List.of(more));
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return Program.run(all.toArray());
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void everyLineIsAnsweredAlikeEachTime() {
        String input = "Hello\n\nAnd again\n";
        List<JsonNode> rows = chat(input, "--json", "--seed", "4").rows();
        assertThat(rows).hasSize(2);
        assertThat(rows.getFirst().get("tokens").intValue()).isBetween(1, 6);
        assertThat(chat(input, "--json", "--seed", "4").rows()).isEqualTo(rows);
        assertThat(chat(input, "--seed", "4").out())
                .contains(rows.getFirst().get("text").textValue());
        // The second answer belongs to the conversation, not to its line alone.
        assertThat(chat("And again\n", "--json", "--seed", "4").rows().getFirst())
                .isNotEqualTo(rows.getLast());
    }

    @Test
    void answersAreThoseOfGenerate() {
        Path rows = Program.rows(
                folder,
                "rows.jsonl",
                "{\"messages\": [{\"role\": \"system\", \"content\": \"Be short.\"}, {\"role\": \"user\", \"content\": \"Hello\"}]}");
        JsonNode expected = Program.run(
                        "generate", "--model", model, "--input", rows, "--max-new-tokens", 6, "--seed", 9, "--json")
                .rows()
                .getFirst();
        JsonNode answer = chat("Hello\n", "--json", "--seed", "9", "--system", "Be short.")
                .rows()
                .getFirst();
        assertThat(answer.get("text")).isEqualTo(expected.get("text"));
        assertThat(answer.get("finish")).isEqualTo(expected.get("finish"));
    }

    @Test
    void commandsChangeWhatFollows() throws Exception {
        Path talk = folder.resolve("talk.jsonl");
        List<JsonNode> rows = chat(
                        "Hello\n/reset\nHello\n/seed 5\n/reset\nHello\n/system Be kind.\n/temperature 0\n//slash\n/save "
                                + talk + "\n/quit\nnever\n",
                        "--json",
                        "--seed",
                        "4")
                .rows();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(1)).isEqualTo(rows.get(0));
        assertThat(rows.get(2)).isNotEqualTo(rows.get(0));
        JsonNode saved = Json.parse(Files.readString(talk)).get("messages");
        assertThat(saved.findValuesAsText("role")).containsExactly("system", "user", "assistant");
        assertThat(saved.findValuesAsText("content")).startsWith("Be kind.", "/slash");
    }

    @Test
    void whatIsWrongIsOneSentence() throws Exception {
        for (String line : List.of("/wat", "/seed x", "/temperature -1", "/save", "/save x.jsonl", "no")) {
            Program program = chat(line + "\n");
            assertThat(program.code()).as(line).isEqualTo(2);
            assertThat(program.err().lines().toList().getLast()).startsWith("errata: ");
        }
        Path bare = TinyChatModel.in(folder, "bare", 1, null);
        Program.run("chat", "--model", bare).refused("no chat template", "bare");
    }
}
