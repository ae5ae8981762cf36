package dev.errata.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.tokenizer.Oracle;
import dev.errata.model.tokenizer.TinyGguf;
import dev.errata.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recorded chats beside the repository, rendered by transformers and llama.cpp: exact. */
class SharedChatTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void rendersEveryRecordedCaseAndItsIds() {
        Path folder = Oracle.shared("oracle/tokenizers");
        int rendered = 0;
        for (JsonNode row : Oracle.rows(folder.resolve("chat/cases.jsonl"))) {
            Tokenizer tokenizer =
                    Tokenizer.load(folder.resolve(row.get("tokenizer").textValue()));
            ChatTemplate template = ChatTemplates.read(
                    folder.resolve("chat/" + row.get("template").textValue() + ".jinja"));
            Map<String, Object> variables = new LinkedHashMap<>(map(row.get("kwargs")));
            variables.put("bos_token", row.get("bos_token").textValue());
            variables.put("eos_token", row.get("eos_token").textValue());
            boolean generates = row.get("add_generation_prompt").booleanValue();
            if (row.has("error")) {
                assertThatThrownBy(() -> template.render(messages(row), generates, variables))
                        .isInstanceOf(TemplateRaisedException.class)
                        .hasMessage(row.get("error").textValue());
            } else {
                String text = template.render(messages(row), generates, variables);
                assertThat(text).isEqualTo(row.get("rendered").textValue());
                assertThat(tokenizer.encode(text, false)).containsExactly(Oracle.ids(row.get("ids")));
            }
            rendered++;
        }
        assertThat(rendered).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "smollm2-135m-instruct, SmolLM2-135M-Instruct.Q4_1.gguf",
        "qwen2.5-coder-0.5b-instruct, qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    })
    void theTemplateInARealGgufGivesTheRecordedTextAndIds(String model, String name) throws IOException {
        Path recorded = Oracle.shared("models/" + model + "/chat.jsonl");
        Path file = Path.of(System.getProperty("errata.models", System.getProperty("java.io.tmpdir")), name);
        Assumptions.assumeTrue(Files.exists(file), () -> "no " + file + " here");
        Map<String, Object> metadata = TinyGguf.metadata(TinyGguf.head(file));
        Tokenizer tokenizer = Tokenizer.fromGguf(metadata, file.toString());
        ChatTemplates template =
                ChatTemplates.fromGguf(metadata, file.toString()).orElseThrow();
        for (JsonNode row : Oracle.rows(recorded)) {
            String text = template.render(messages(row), true, Map.of());
            assertThat(text).isEqualTo(row.get("rendered").textValue());
            assertThat(tokenizer.encode(text, false)).containsExactly(Oracle.ids(row.get("ids")));
        }
    }

    static Map<String, Object> map(JsonNode node) {
        return MAPPER.convertValue(node, new TypeReference<>() {});
    }

    static List<Map<String, Object>> messages(JsonNode row) {
        return MAPPER.convertValue(row.get("messages"), new TypeReference<>() {});
    }
}
