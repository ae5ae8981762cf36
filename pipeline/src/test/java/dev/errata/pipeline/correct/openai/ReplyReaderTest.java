package dev.errata.pipeline.correct.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.pipeline.data.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReplyReaderTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "plain" | plain
            [{"type":"text","text":"one "},{"type":"text","text":"two"}] | one two
            [{"type":"thinking","thinking":[{"type":"text","text":"no"}]},{"type":"text","text":"yes"}] | yes
            [{"type":"reasoning","text":"no"},{"type":"output_text","text":"yes"},"!"] | yes!
            null | ``
            """)
    void joinsTheTextPartsOfAContent(String content, String text) throws JsonProcessingException {
        assertThat(MessageText.whole(Json.parse(content))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <think>Step 2?</think>Step 1. | Step 1.
            <think></think><think>a</think> Step 1. | ' Step 1.'
            Step 2? No.</think>Step 1. | Step 1.
            [THINK]Step 2?[/THINK]Step 1. | Step 1.
            <think>for ever | ''
            ' Step 1. 2 < 3' | ' Step 1. 2 < 3'
            I <think> so | I <think> so
            """)
    void leavesThinkingOut(String said, String answer) {
        assertThat(MessageText.answer(said)).isEqualTo(answer);
    }

    @Test
    void masksTheKeyWhereItStandsByItselfAndInNoOtherWord() {
        assertThat(new KeyMask("sk-12").of("key sk-12, sk-123, xsk-12 \"sk-12\""))
                .isEqualTo("key (key), sk-123, xsk-12 \"(key)\"");
        assertThat(new KeyMask("EMPTY").of("an EMPTY answer")).isEqualTo("an EMPTY answer");
        assertThat(new KeyMask("m").of("the model m")).isEqualTo("the model m");
        assertThat(new KeyMask("a.c+").of("abc a.c+ a.c")).isEqualTo("abc a.c+ a.c".replace("a.c+", "(key)"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"error":{"message":"one"}} | one
            {"error":"two"} | two
            {"detail":"three"} | three
            {"detail":[{"msg":"four"}]} | four
            {"object":"error","message":"five"} | five
            [{"error":{"message":"six"}}] | six
            {"choices":[{"error":{"message":"seven"}}]} | seven
            """)
    void findsTheServersWordsInEveryUsualShape(String body, String words) throws JsonProcessingException {
        assertThat(ServerError.of(Json.parse(body), body).words()).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            The model `x` does not exist or you do not have access to it. | model
            openai/x is not a valid model ID | model
            Invalid model: x | model
            You exceeded your current quota, please check your plan and billing details. | quota
            Insufficient Balance | quota
            Your credit balance is too low | quota
            API key not valid. Please pass a valid API key. | key
            Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. | limit
            temperature does not support 0 with this model. Only the default (1) value is supported. | temperature
            This model's maximum context length is 4096 tokens. However, you requested 5000 tokens. | none
            'max_tokens' or 'max_completion_tokens' is too large: 1024. This model's maximum context length is 1024. | none
            The model refused the prompt. | none
            """)
    void tellsWhatConcernsEveryRequestFromWhatConcernsOne(String words, String kind) {
        ServerError error = new ServerError(words, "", "", "", false);
        assertThat(error.isUnknownModel()).isEqualTo(kind.equals("model"));
        assertThat(error.isQuota(false)).isEqualTo(kind.equals("quota"));
        assertThat(error.isQuota(true)).isFalse();
        assertThat(error.isWrongKey()).isEqualTo(kind.equals("key"));
        assertThat(error.wantsOtherLimit()).isEqualTo(kind.equals("limit"));
        assertThat(error.refusesTemperature()).isEqualTo(kind.equals("temperature"));
    }
}
