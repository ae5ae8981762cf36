package dev.errata.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplatesTest {
    private static final List<Map<String, Object>> HELLO = List.of(Map.of("role", "user", "content", "hi"));

    @TempDir
    private Path folder;

    private String render() {
        return ChatTemplates.find(folder).orElseThrow().render(HELLO, false, Map.of());
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void aFolderWithoutATemplateHasNone() throws IOException {
        assertThat(ChatTemplates.find(folder)).isEmpty();
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"chat_template\": null}");
        assertThat(ChatTemplates.find(folder)).isEmpty();
    }

    @Test
    void theTemplateInTheConfigKnowsTheConfigsTokens() throws IOException {
        write("tokenizer_config.json", """
                {"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null,
                 "chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token is defined }}"}
                """);
        assertThat(render()).isEqualTo("<s>hi</s>False");
    }

    @Test
    void theOneNamedDefaultIsTakenOfSeveral() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "rag", "template": "no"}, {"name": "default", "template": "yes"}]}
                """);
        assertThat(render()).isEqualTo("yes");
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"no\"}]}");
        assertThatThrownBy(this::render)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer_config.json");
    }

    @Test
    void toolsChooseTheTemplateForThem() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "default", "template": "plain"},
                                   {"name": "tool_use", "template": "tools {{ tools is none }}"}]}
                """);
        ChatTemplates templates = ChatTemplates.find(folder).orElseThrow();
        Map<String, Object> tools = Map.of("tools", List.of(Map.of("type", "function")));
        assertThat(templates.render(HELLO, false, tools)).isEqualTo("tools False");
        assertThat(templates.render(HELLO, false, Map.of())).isEqualTo("plain");
        assertThat(templates.withName("tool_use").orElseThrow().render(HELLO, false, Map.of()))
                .isEqualTo("tools True");
        assertThat(templates.withName("rag")).isEmpty();
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "tool_use", "template": "tools {{ tools is none }}"}]}
                """);
        assertThat(ChatTemplates.find(folder).orElseThrow().render(HELLO, false, tools))
                .isEqualTo("tools False");
        assertThatThrownBy(this::render).hasMessageContaining("tool_use");
    }

    @Test
    void namedTemplatesMayLieInAFolderOrInAGguf() throws IOException {
        write("chat_template.jinja", "plain");
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        write("additional_chat_templates/tool_use.jinja", "for tools");
        Map<String, Object> gguf =
                Map.of("tokenizer.chat_template", "plain", "tokenizer.chat_template.tool_use", "for tools");
        for (ChatTemplates templates : List.of(
                ChatTemplates.find(folder).orElseThrow(),
                ChatTemplates.fromGguf(gguf, "m").orElseThrow())) {
            assertThat(templates.render(HELLO, false, Map.of())).isEqualTo("plain");
            assertThat(templates.render(HELLO, false, Map.of("tools", List.of())))
                    .isEqualTo("for tools");
        }
    }

    @Test
    void oneThatIsNotSupportedHurtsOnlyWhereItIsWanted() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "default", "template": "yes"}, {"name": "tool_use", "template": "{% x %}"}]}
                """);
        assertThat(render()).isEqualTo("yes");
        ChatTemplates templates = ChatTemplates.find(folder).orElseThrow();
        assertThatThrownBy(() -> templates.render(HELLO, false, Map.of("tools", List.of())))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void todayIsTheDayThatIsGivenAndNeverTheClocks() throws IOException {
        write("chat_template.jinja", "{{ strftime_now('%d %b %Y %H:%M') }}");
        assertThat(render()).isEqualTo("26 Jul 2024 00:00");
        ChatTemplates templates = ChatTemplates.find(folder).orElseThrow();
        assertThat(templates.at(LocalDate.of(2031, 2, 3)).render(HELLO, false, Map.of()))
                .isEqualTo("03 Feb 2031 00:00");
        assertThat(ChatTemplate.DEFAULT_DATE).isEqualTo(LocalDate.parse("2024-07-26"));
    }

    @Test
    void theMapOfSpecialTokensCountsToo() throws IOException {
        write("chat_template.jinja", "{{ bos_token }}{{ eos_token }}{{ additional_special_tokens[0] }}");
        write("special_tokens_map.json", """
                {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "additional_special_tokens": ["<t>"]}""");
        assertThat(render()).isEqualTo("<s></s><t>");
    }

    @Test
    void aTemplateFileComesBeforeTheConfig() throws IOException {
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"chat_template\": \"config\"}");
        write("chat_template.jinja", "file {{ bos_token }}");
        assertThat(render()).isEqualTo("file <s>");
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        for (String broken : List.of(
                "{\"chat_template\": \"x",
                "{\"chat_template\": 7}",
                "{\"eos_token\": 7," + "\"chat_template\": \"x\"}",
                "{\"chat_template\": \"{% if %}\"}")) {
            write("tokenizer_config.json", broken);
            assertThatThrownBy(this::render)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("tokenizer_config.json");
        }
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xC3, 'a'});
        assertThatThrownBy(this::render).hasMessageContaining("chat_template.jinja");
    }

    @Test
    void aGgufsTemplateKnowsItsTokens() {
        Map<String, Object> metadata = Map.of(
                "tokenizer.chat_template",
                "{{ bos_token }}|{{ eos_token }}|{{ messages | length }}",
                "tokenizer.ggml.tokens",
                new String[] {"<s>", "</s>"},
                "tokenizer.ggml.bos_token_id",
                0,
                "tokenizer.ggml.eos_token_id",
                1L);
        assertThat(ChatTemplates.fromGguf(metadata, "m.gguf").orElseThrow().render(HELLO, false, Map.of()))
                .isEqualTo("<s>|</s>|1");
        assertThat(ChatTemplates.fromGguf(Map.of(), "m.gguf")).isEmpty();
    }

    @Test
    void bareTagsTakeTheirLinesWithThem() {
        String source = """
                {% for m in messages %}
                    {% if m.role == 'user' %}
                  U: {{ m.content }}
                    {% else %}
                A: {{ m.content }} {# note #}
                    {%- endif %}
                {% endfor %}
                  {% if add_generation_prompt %}
                A:
                  {% endif %}
                """;
        List<Map<String, Object>> messages = List.of(HELLO.getFirst(), Map.of("role", "assistant", "content", "yo"));
        ChatTemplate template = ChatTemplate.parse(source, "t");
        assertThat(template.render(messages, false, Map.of())).isEqualTo("  U: hi\nA: yo ");
        assertThat(template.render(messages, true, Map.of())).isEqualTo("  U: hi\nA: yo A:\n");
    }

    @Test
    void timesAreWrittenByTheCodesOfC() {
        LocalDateTime time = LocalDateTime.of(2024, 7, 6, 15, 4, 5);
        assertThat(TimeText.format(time, "%d %b %Y %H:%M:%S %-d/%-m %A %B %p %I %j %%"))
                .isEqualTo("06 Jul 2024 15:04:05 6/7 Saturday July PM 03 188 %");
    }
}
