package dev.errata.pipeline.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is trained of rows, as a preview shows it: trained parts stand in brackets. */
final class RowPreviewTest {
    private static final String PLAIN =
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}"
                    + "{% if add_generation_prompt %}[assistant]{% endif %}";
    private static final String CHATML =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    /** As DeepSeek-R1's: answers are rendered without the thinking that the generation prompt opens. */
    private static final String OPENED_THINK =
            "{% for m in messages %}[{{ m.role }}]{{ m.content.split('</think>')[-1] }}{{ eos_token }}{% endfor %}"
                    + "{% if add_generation_prompt %}[assistant]<think>\n{% endif %}";
    /** As Qwen3's: the last answer has a place for thinking, earlier ones have not. */
    private static final String THINKS_LAST =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n"
                    + "{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    /** As gpt-oss's: the last turn ends in another token than those before. */
    private static final String RETURNS =
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% if loop.last and m.role == 'assistant' %}<|return|>{% else %}"
                    + "<|end|>{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";
    /** Takes lists of parts alone. */
    private static final String PARTS =
            "{% for m in messages %}[{{ m.role }}]{% for p in m.content %}{{ p.text }}{% endfor %}{{ eos_token }}{% endfor %}"
                    + "{% if add_generation_prompt %}[assistant]{% endif %}";

    private static final String CALLS =
            "{% if tools %}[tools]{% for t in tools %}{{ t.function.name }};{% endfor %}{{ eos_token }}{% endif %}"
                    + "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for c in m.tool_calls or [] %}"
                    + "<call>{{ c.function.name }}{% endfor %}{{ eos_token }}{% endfor %}"
                    + "{% if add_generation_prompt %}[assistant]{% endif %}";
    private static final String TWO_TURNS = """
            {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "A."}, \
            {"role": "user", "content": "b?"}, {"role": "assistant", "content": "B."}]}""";

    @TempDir
    private Path folder;

    private List<String> lines;

    private List<String> preview(String template, String rows, String... more) throws IOException {
        TinyChatModel.in(folder, "m", 1, template);
        Files.writeString(folder.resolve("rows.jsonl"), rows);
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                "model: m\ndata: rows.jsonl\noutput: out\nsteps: 1\nlora: {r: 2}\nprompt: chat\n"
                        + String.join("\n", more));
        List<String> shown = new ArrayList<>();
        lines = RowPreview.of(TrainConfig.read(file, List.of()), row -> {
                    StringBuilder text = new StringBuilder();
                    row.pieces()
                            .forEach(piece -> text.append(piece.trained() ? "⟦" + piece.text() + "⟧" : piece.text()));
                    shown.add(text.toString());
                    assertThat(row.targets())
                            .isEqualTo(row.pieces().stream()
                                    .filter(PreviewedRow.Piece::trained)
                                    .mapToInt(piece -> tokens(piece.text()))
                                    .sum());
                })
                .lines();
        return shown;
    }

    /** Bytes, and special tokens. */
    private static int tokens(String text) {
        String short_ = text.replaceAll("</s>|<\\|im_start\\|>|<\\|im_end\\|>|<\\|end\\|>|<\\|return\\|>", "§");
        return short_.length();
    }

    private void refused(String template, String rows, String... said) {
        assertThatThrownBy(() -> preview(template, rows))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("rows.jsonl:1")
                .hasMessageContainingAll(said);
    }

    @Test
    void everyAnswerIsTrainedThroughItsEndToken() throws IOException {
        assertThat(preview(PLAIN, TWO_TURNS))
                .containsExactly("[user]a?</s>[assistant]⟦A.</s>⟧[user]b?</s>[assistant]⟦B.</s>⟧");
        assertThat(lines.getFirst()).contains("1 row of {messages}", "2 assistant turns trained");
    }

    @Test
    void whiteSpaceAfterTheEndTokenIsNotTrained() throws IOException {
        assertThat(preview(CHATML, TWO_TURNS).getFirst())
                .endsWith("<|im_start|>assistant\n⟦B.<|im_end|>⟧\n")
                .contains("<|im_start|>assistant\n⟦A.<|im_end|>⟧\n<|im_start|>user");
    }

    @Test
    void whereNoTokenEndsATurnTheWhiteSpaceIsTrainedAndTheStartSaysSo() throws IOException {
        String template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant: {% endif %}";
        assertThat(preview(template, TWO_TURNS))
                .containsExactly("user: a?\nassistant: ⟦A.\n⟧user: b?\nassistant: ⟦B.\n⟧");
        assertThat(lines).anyMatch(line -> line.contains("2 trained turns without a special token"));
    }

    @Test
    void aTemplateWhoseGenerationPromptOpensThinkingTrainsWhatItRenders() throws IOException {
        assertThat(preview(OPENED_THINK, TWO_TURNS))
                .containsExactly("[user]a?</s>[assistant]⟦A.</s>⟧[user]b?</s>[assistant]⟦B.</s>⟧");
    }

    /** The answer begins with the characters that the generation prompt goes on with. */
    @Test
    void anAnswerThatBeginsLikeTheGenerationPromptsEndLosesNothing() throws IOException {
        assertThat(preview(OPENED_THINK, TWO_TURNS.replace("A.", "<b>A.</b>")).getFirst())
                .startsWith("[user]a?</s>[assistant]⟦<b>A.</b></s>⟧");
    }

    @Test
    void thinkingThatTheTemplateLeavesOutIsToldOf() throws IOException {
        assertThat(preview(OPENED_THINK, TWO_TURNS.replace("A.", "<think>hm</think>A."))
                        .getFirst())
                .startsWith("[user]a?</s>[assistant]⟦A.</s>⟧");
        assertThat(lines).anyMatch(line -> line.contains("leaves out"));
    }

    @Test
    void aTurnThatIsRenderedOtherwiseOnceAnotherFollowsIsTrainedAsItStandsThere() throws IOException {
        assertThat(preview(THINKS_LAST, TWO_TURNS).getFirst())
                .contains("<|im_start|>assistant\n⟦A.<|im_end|>⟧\n<|im_start|>user")
                .endsWith("<|im_start|>assistant\n⟦<think>\n\n</think>\n\nB.<|im_end|>⟧\n");
    }

    @Test
    void theEndTokenOfATurnMayDependOnItsPlace() throws IOException {
        assertThat(preview(RETURNS, TWO_TURNS))
                .containsExactly("[user]a?<|end|>[assistant]⟦A.<|end|>⟧[user]b?<|end|>[assistant]⟦B.<|return|>⟧");
    }

    @Test
    void aTemplateThatTakesPartsAloneIsGivenParts() throws IOException {
        assertThat(preview(PARTS, TWO_TURNS).getFirst()).endsWith("[user]b?</s>[assistant]⟦B.</s>⟧");
    }

    @Test
    void textPartsAreJoined() throws IOException {
        assertThat(preview(
                                PLAIN,
                                TWO_TURNS.replace(
                                        "\"B.\"",
                                        "[{\"type\": \"text\", \"text\": \"B\"}, {\"type\": \"text\", \"text\": \".\"}]"))
                        .getFirst())
                .endsWith("[assistant]⟦B.</s>⟧");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ m.content }}",
                "{{ '' if m.content is none else m.content }}",
                "{{ 'x' + m.content if m.tool_calls is not defined else m.content + '' }}"
            })
    void aNullContentBesideToolCallsIsEmpty(String content) throws IOException {
        String template = CALLS.replace("{{ m.content }}", content);
        assertThat(preview(template, """
                        {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": null, \
                        "tool_calls": [{"function": {"name": "add"}}]}, {"role": "tool", "content": "5"}, \
                        {"role": "assistant", "content": "5."}], "tools": [{"function": {"name": "add"}}]}""").getFirst())
                .startsWith("[tools]add;</s>")
                .contains("[assistant]⟦<call>add</s>⟧")
                .endsWith("5.</s>⟧")
                .doesNotContain("None", "null");
    }

    @Test
    void aTemplateThatAsksForNullIsGivenIt() throws IOException {
        String template = CALLS.replace(
                "{{ m.content }}", "{% if m.content is none %}(calls){% else %}{{ m.content }}{% endif %}");
        assertThat(preview(template, """
                        {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": null, \
                        "tool_calls": [{"function": {"name": "add"}}]}]}""").getFirst()).endsWith("[assistant]⟦(calls)<call>add</s>⟧");
    }

    @Test
    void toolsInATextAreRead() throws IOException {
        assertThat(preview(
                                CALLS,
                                TWO_TURNS.replace(
                                        "]}", "], \"tools\": \"[{\\\"function\\\": {\\\"name\\\": \\\"f\\\"}}]\"}"))
                        .getFirst())
                .startsWith("[tools]f;</s>[user]");
    }

    @Test
    void toolsThatTheTemplateDoesNotRenderAreToldOf() throws IOException {
        preview(PLAIN, TWO_TURNS.replace("]}", "], \"tools\": [{\"function\": {\"name\": \"f\"}}]}"));
        assertThat(lines).anyMatch(line -> line.contains("1 rows have tools, of which the chat template says nothing"));
    }

    @Test
    void callsThatTheTemplateDoesNotRenderAreRefused() {
        refused(PLAIN, """
                {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": null, \
                "tool_calls": [{"function": {"name": "add"}}]}]}""", "message 2 has tool_calls");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"train\": false", "\"weight\": 0", "\"weight\": 0.0", "\"train\": false, \"weight\": 0"})
    void aFlagExcludesAMessage(String flag) throws IOException {
        assertThat(preview(PLAIN, TWO_TURNS.replace("\"A.\"", "\"A.\", " + flag)))
                .containsExactly("[user]a?</s>[assistant]A.</s>[user]b?</s>[assistant]⟦B.</s>⟧");
        assertThat(lines.getFirst()).contains("1 assistant turn trained, 1 excluded");
    }

    @Test
    void theLastAnswerAloneIsTrainedWhereTheConfigSaysSo() throws IOException {
        assertThat(preview(PLAIN, TWO_TURNS, "assistant: last"))
                .containsExactly("[user]a?</s>[assistant]A.</s>[user]b?</s>[assistant]⟦B.</s>⟧");
        assertThat(lines.getFirst()).contains("the last of each row alone");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "A."                                     | null                        | message 2 has content null
            "a?"                                     | null                        | message 1 has content null
            "A."                                     | 5                           | message 2 has content 5
            "A."                                     | []                          | content []
            "A."                                     | [{"type": "image_url"}]     | content part
            "A."                                     | "A.", "train": "no"         | has train "no"
            "A."                                     | "A.", "weight": 0.5         | has weight 0.5
            "A."                                     | "A.", "train": true, "weight": 0 | beside weight
            "a?"                                     | "a?", "train": true         | train true
            "A."                                     | "A.", "loss": false         | has loss false
            "assistant"                              | "gpt"                       | has role gpt
            "assistant"                              | "Assistant"                 | has role Assistant
            "messages"                               | "mesages"                   | did you mean messages
            """)
    void aRowThatCannotBeRightIsRefused(String was, String is, String said) {
        refused(
                PLAIN,
                TWO_TURNS.replaceFirst(
                        java.util.regex.Pattern.quote(was), java.util.regex.Matcher.quoteReplacement(is)),
                said.replace(": ", " "));
    }

    @Test
    void aRowThatTheTemplateRefusesNamesItsLine() {
        refused("{{ raise_exception('roles must alternate') }}", TWO_TURNS, "roles must alternate");
    }

    @Test
    void aRowWithoutTrainedAnswersIsRefused() {
        refused(
                PLAIN,
                TWO_TURNS.replace("\"A.\"", "\"A.\", \"train\": false").replace("\"B.\"", "\"B.\", \"weight\": 0"),
                "excluded");
        refused(PLAIN, "{\"messages\": [{\"role\": \"user\", \"content\": \"a?\"}]}", "assistant");
    }

    @Test
    void readsShareGptAlpacaAndConversationalPrompts() throws IOException {
        assertThat(preview(PLAIN, """
                        {"system": "S", "conversations": [{"from": "human", "value": "a?"}, {"from": "gpt", "value": "A."}]}
                        {"instruction": "a?", "input": "i", "output": "A.", "text": "all of it", "id": 3}
                        {"instruction": "a?", "input": "", "output": "A."}
                        {"prompt": [{"role": "user", "content": "a?"}], "completion": [{"role": "assistant", "content": "A."}]}
                        {"prompt": "a?", "completion": "A.", "source": "elsewhere", "note": 5}
                        """, "ignore: [note]"))
                .containsExactly(
                        "[system]S</s>[user]a?</s>[assistant]⟦A.</s>⟧",
                        "[user]a?\ni</s>[assistant]⟦A.</s>⟧",
                        "[user]a?</s>[assistant]⟦A.</s>⟧",
                        "[user]a?</s>[assistant]⟦A.</s>⟧",
                        "[user]a?</s>[assistant]⟦A.</s>⟧");
        assertThat(lines.getFirst()).contains("1 row of {conversations}", "2 rows of {instruction, input, output}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"text": "all"}                                  | text
            {"prompt": "a", "chosen": "b", "rejected": "c"}  | preference
            {"question": "a", "answer": "b"}                 | prompt and completion
            {"instruction": "a", "response": "b"}            | prompt and completion
            {"prompt": "a", "completion": "b", "nte": 1}     | unknown field nte
            {"prompt": "a"}                                  | completion
            {"a": 1, "b": 2}                                 | {prompt, completion}
            """)
    void namesRowsOfOtherKinds(String row, String said) {
        refused(PLAIN, row, said);
    }

    /** The template's own end of a turn, whatever the tokenizer calls its end token. */
    @Test
    void aCompletionInAChatEndsAsTheTemplateEndsTurns() throws IOException {
        assertThat(preview(CHATML, "{\"prompt\": \"a?\", \"completion\": \"A.\"}"))
                .containsExactly("<|im_start|>user\na?<|im_end|>\n<|im_start|>assistant\n⟦A.<|im_end|>⟧");
    }

    @Test
    void untrainedAndTrainedTokensOfARowAreBoundedApart() throws IOException {
        assertThatThrownBy(() -> preview(PLAIN, TWO_TURNS, "max_completion_tokens: 5"))
                .hasMessageContaining("and 6 that are, 512 and 5 are allowed");
        assertThatThrownBy(() -> preview(PLAIN, TWO_TURNS, "max_prompt_tokens: 39"))
                .hasMessageContaining("40 tokens that are not trained");
        preview(PLAIN, TWO_TURNS, "max_prompt_tokens: 40", "max_completion_tokens: 6");
        preview(PLAIN, TWO_TURNS, "max_prompt_tokens: 39", "too_long: drop");
        assertThat(lines).anyMatch(line -> line.contains("1 rows are too long and were dropped, 0 are left"));
    }
}
