package dev.errata.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.tokenizer.Oracle;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The committed copies: 55 chats rendered by transformers, and small templates rendered by jinja2 3.1. */
class CommittedChatTest {
    @Test
    void rendersTheRecordedChatsAndTheirIds() {
        List<JsonNode> rows = Oracle.rows(Oracle.resource("chat/cases.jsonl"));
        assertThat(rows).hasSize(55);
        for (JsonNode row : rows) {
            Path file = Oracle.resource("chat/" + row.get("template").textValue() + ".jinja");
            ChatTemplate template = ChatTemplates.read(file);
            Map<String, Object> variables = new LinkedHashMap<>(SharedChatTest.map(row.get("kwargs")));
            variables.put("bos_token", row.get("bos_token").textValue());
            variables.put("eos_token", row.get("eos_token").textValue());
            boolean generates = row.get("add_generation_prompt").booleanValue();
            List<Map<String, Object>> messages = SharedChatTest.messages(row);
            if (row.has("error")) {
                assertThatThrownBy(() -> template.render(messages, generates, variables))
                        .isInstanceOf(TemplateRaisedException.class)
                        .hasMessage(row.get("error").textValue());
                continue;
            }
            String text = template.render(messages, generates, variables);
            assertThat(text).isEqualTo(row.get("rendered").textValue());
            Path folder = Oracle.resource("tokenizers/" + row.get("tokenizer").textValue());
            assertThat(Tokenizer.load(folder).encode(text, false)).containsExactly(Oracle.ids(row.get("ids")));
        }
    }

    @Test
    void agreesWithJinjaOnSmallTemplates() {
        Map<String, Object> variables = SharedChatTest.map(Oracle.json(Oracle.resource("chat/jinja-variables.json")));
        for (JsonNode row : Oracle.rows(Oracle.resource("chat/jinja.jsonl"))) {
            String source = row.get("template").textValue();
            if (row.has("rendered")) {
                assertThat(ChatTemplate.parse(source, "t").render(List.of(), false, variables))
                        .as(source)
                        .isEqualTo(row.get("rendered").textValue());
            } else {
                Class<?> failure = row.has("raises") ? TemplateRaisedException.class : BadInputException.class;
                assertThatThrownBy(() -> ChatTemplate.parse(source, "t").render(List.of(), false, variables))
                        .as(source)
                        .isInstanceOf(failure);
            }
        }
    }
}
