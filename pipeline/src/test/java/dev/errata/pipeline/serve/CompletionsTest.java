package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.serve.RunningServer.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both kinds of completions, spoken with as any client does. */
class CompletionsTest {
    private static final String GREEDY = "'prompt': 'Tom has 3 apples.', 'temperature': 0, 'max_tokens': 12";

    @TempDir
    private static Path folder;

    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = RunningServer.of(RunningServer.withTemplate(folder));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String joined(List<JsonNode> events, int index) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            for (JsonNode choice : event.get("choices")) {
                if (choice.get("index").intValue() == index) {
                    text.append(
                            choice.has("text")
                                    ? choice.get("text").textValue()
                                    : choice.path("delta").path("content").asText(""));
                }
            }
        }
        return text.toString();
    }

    @Test
    void aCompletionHasTheShapeOfOpenAis() {
        Answer answer = server.complete("{'model': 'errata-2m', " + GREEDY + "}");
        assertThat(answer.status()).isEqualTo(200);
        JsonNode json = answer.json();
        assertThat(json.get("object").textValue()).isEqualTo("text_completion");
        assertThat(json.get("model").textValue()).isEqualTo("errata-2m");
        assertThat(json.get("id").textValue()).startsWith("cmpl-");
        assertThat(answer.text()).isNotBlank();
        assertThat(answer.choice().get("finish_reason").textValue()).isEqualTo("length");
        assertThat(json.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(json.at("/usage/total_tokens").intValue())
                .isEqualTo(json.at("/usage/prompt_tokens").intValue() + 12);
    }

    @Test
    void whatIsStreamedIsWhatIsAnsweredWhole() {
        for (String more : List.of("", ", 'stop': 'e'", ", 'n': 3, 'temperature': 0.9, 'seed': 5", ", 'echo': true")) {
            String body = "{'prompt': 'Tom has 3 apples.', 'max_tokens': 12"
                    + (more.contains("temp") ? "" : ", 'temperature': 0") + more;
            JsonNode whole = server.complete(body + "}").json();
            List<JsonNode> events = server.complete(body + ", 'stream': true}").events();
            for (JsonNode choice : whole.get("choices")) {
                int index = choice.get("index").intValue();
                assertThat(joined(events, index))
                        .as(more)
                        .isEqualTo(choice.get("text").textValue());
                List<String> ends = new ArrayList<>();
                events.forEach(event -> event.get("choices").forEach(each -> {
                    if (each.get("index").intValue() == index && each.hasNonNull("finish_reason")) {
                        ends.add(each.get("finish_reason").textValue());
                    }
                }));
                assertThat(ends)
                        .as(more)
                        .containsExactly(choice.get("finish_reason").textValue());
            }
        }
    }

    @Test
    void aStreamEndsWithTheUsageIfAsked() {
        List<JsonNode> events = server.complete(
                        "{" + GREEDY + ", 'stream': true, 'stream_options': {'include_usage': true}}")
                .events();
        assertThat(events.getLast().get("choices")).isEmpty();
        assertThat(events.getLast().at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(events.getFirst().get("usage").isNull()).isTrue();
    }

    @Test
    void promptsAreTextsOrIdsAloneOrInLists() {
        JsonNode tokens = server.post("/tokenize", "{'content': 'Tom has 3 apples.'}")
                .json()
                .get("tokens");
        String first = server.complete("{" + GREEDY + "}").text();
        assertThat(server.complete("{'prompt': " + tokens + ", 'temperature': 0, 'max_tokens': 12}")
                        .text())
                .isEqualTo(first);
        JsonNode both = server.complete(
                        "{'prompt': ['Tom has 3 apples.', 'Amy has 5 pens.'], 'temperature': 0, 'max_tokens': 12}")
                .json();
        assertThat(both.at("/choices/0/text").textValue()).isEqualTo(first);
        assertThat(both.get("choices")).hasSize(2);
        JsonNode lists = server.complete("{'prompt': [" + tokens + ", [5, 6, 7]], 'temperature': 0, 'max_tokens': 12}")
                .json();
        assertThat(lists.at("/choices/0/text").textValue()).isEqualTo(first);
        assertThat(lists.at("/usage/prompt_tokens").intValue()).isEqualTo(tokens.size() + 3);
    }

    @Test
    void aSeedRepeatsAnAnswerAndSamplesDiffer() {
        String body = "{'prompt': 'Tom has', 'temperature': 1.2, 'max_tokens': 16, 'n': 4, 'seed': 11}";
        JsonNode once = server.complete(body).json().get("choices");
        assertThat(server.complete(body).json().get("choices")).isEqualTo(once);
        assertThat(once.findValuesAsText("text").stream().distinct().count()).isGreaterThan(1);
        JsonNode fresh = server.complete(body.replace(", 'seed': 11", "")).json();
        String again = body.replace("11", fresh.get("seed").asText());
        assertThat(server.complete(again).json().get("choices")).isEqualTo(fresh.get("choices"));
    }

    @Test
    void echoWithLogprobsTellsThePromptsToo() {
        String prompt = "Tom has 3 apples.";
        JsonNode tokens =
                server.post("/tokenize", "{'content': '" + prompt + "'}").json().get("tokens");
        for (int more : new int[] {0, 1}) {
            Answer answer = server.complete("{'prompt': '" + prompt
                    + "', 'echo': true, 'logprobs': 2, 'temperature': 0, 'max_tokens': " + more + "}");
            assertThat(answer.text()).startsWith(prompt);
            JsonNode logprobs = answer.choice().get("logprobs");
            for (String column : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                assertThat(logprobs.get(column)).as(column).hasSize(tokens.size() + more);
            }
            assertThat(logprobs.at("/token_logprobs/0").isNull()).isTrue();
            for (int i = 1; i < tokens.size() + more; i++) {
                double own = logprobs.get("token_logprobs").get(i).doubleValue();
                JsonNode top = logprobs.get("top_logprobs").get(i);
                double best = Double.NEGATIVE_INFINITY;
                for (JsonNode each : top) {
                    best = Math.max(best, each.doubleValue());
                }
                assertThat(own).isLessThanOrEqualTo(Math.min(0, best));
            }
            assertThat(answer.choice().get("finish_reason").textValue()).isEqualTo("length");
        }
    }

    @Test
    void probabilitiesOfNewTokensBelongToTheirText() {
        Answer answer = server.complete("{" + GREEDY + ", 'logprobs': 3}");
        JsonNode logprobs = answer.choice().get("logprobs");
        StringBuilder text = new StringBuilder();
        logprobs.get("tokens").forEach(each -> text.append(each.textValue()));
        assertThat(text.toString()).isEqualTo(answer.text());
        for (int i = 0; i < 12; i++) {
            // Greedy: the token is the likeliest.
            assertThat(logprobs.get("top_logprobs").get(i).iterator().next().doubleValue())
                    .isCloseTo(logprobs.get("token_logprobs").get(i).doubleValue(), within(0.0));
        }
    }

    @Test
    void aChatHasTheShapeOfOpenAisAndIsTheTemplatesText() {
        String messages =
                "'messages': [{'role': 'system', 'content': 'Add.'}, {'role': 'user', 'content': 'Tom has 3 apples.'}]";
        Answer chat = server.chat("{" + messages + ", 'temperature': 0, 'max_completion_tokens': 9}");
        assertThat(chat.status()).as(chat.body()).isEqualTo(200);
        assertThat(chat.json().get("object").textValue()).isEqualTo("chat.completion");
        assertThat(chat.choice().at("/message/role").textValue()).isEqualTo("assistant");
        String prompt = server.post("/apply-template", "{" + messages + "}")
                .json()
                .get("prompt")
                .textValue();
        assertThat(prompt).isEqualTo("system: Add.\nuser: Tom has 3 apples.\nassistant:");
        Answer plain = server.complete(
                "{'prompt': 'system: Add.\\nuser: Tom has 3 apples.\\nassistant:', 'temperature': 0, 'max_tokens': 9}");
        assertThat(chat.text()).isEqualTo(plain.text());
        List<JsonNode> events = server.chat("{" + messages + ", 'temperature': 0, 'max_tokens': 9, 'stream': true}")
                .events();
        assertThat(events.getFirst().at("/choices/0/delta/role").textValue()).isEqualTo("assistant");
        assertThat(joined(events, 0)).isEqualTo(chat.text());
    }

    @Test
    void contentsMayBeTextParts() {
        String parts = "[{'type': 'text', 'text': 'Tom has '}, {'type': 'text', 'text': '3 apples.'}]";
        String body = "{'messages': [{'role': 'user', 'content': %s}], 'temperature': 0, 'max_tokens': 5}";
        assertThat(server.chat(body.formatted(parts)).text())
                .isEqualTo(server.chat(body.formatted("'Tom has 3 apples.'")).text());
    }

    @Test
    void aChatsProbabilitiesHaveBytesAndRivals() {
        Answer answer = server.chat("{'messages': [{'role': 'user', 'content': 'Tom has 3 apples.'}], 'temperature': 0,"
                + " 'max_tokens': 6, 'logprobs': true, 'top_logprobs': 4}");
        JsonNode content = answer.choice().at("/logprobs/content");
        assertThat(content).hasSize(6);
        for (JsonNode each : content) {
            assertThat(each.get("top_logprobs")).hasSize(4);
            assertThat(each.get("logprob").doubleValue()).isBetween(-20.0, 0.0);
            assertThat(each.get("bytes")).isNotEmpty();
        }
    }

    @Test
    void harmlessFieldsArePassedOver() {
        assertThat(server.complete("{" + GREEDY
                                + ", 'user': 'me', 'metadata': {'a': 'b'}, 'presence_penalty': 0, 'logit_bias': null}")
                        .status())
                .isEqualTo(200);
        assertThat(server.chat("{'messages': [{'role': 'user', 'content': 'x'}], 'max_tokens': 1, 'tools': [],"
                                + " 'response_format': {'type': 'text'}, 'tool_choice': 'none'}")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | prompt",
                "{'prompt': 7} | prompt",
                "{'prompt': []} | prompt",
                "{'prompt': ''} | prompt",
                "{'prompt': [1, 99999]} | prompt",
                "{'prompt': ['a', 5]} | prompt",
                "{'prompt': 'a', 'temperature': -1} | temperature",
                "{'prompt': 'a', 'temperature': 'hot'} | temperature",
                "{'prompt': 'a', 'top_p': 0} | top_p",
                "{'prompt': 'a', 'top_p': 1.5} | top_p",
                "{'prompt': 'a', 'n': 0} | n",
                "{'prompt': 'a', 'max_tokens': 1.5} | max_tokens",
                "{'prompt': 'a', 'max_tokens': 100000} | max_tokens",
                "{'prompt': 'a', 'max_tokens': 1, 'max_completion_tokens': 2} | max_tokens",
                "{'prompt': 'a', 'stop': ''} | stop",
                "{'prompt': 'a', 'stop': [1]} | stop",
                "{'prompt': 'a', 'logprobs': 99} | logprobs",
                "{'prompt': 'a', 'stream_options': {}} | stream_options",
                "{'prompt': 'a', 'stream': true, 'stream_options': {'usage': true}} | stream_options.usage",
                "{'prompt': 'a', 'suffix': 'b'} | suffix",
                "{'prompt': 'a', 'presence_penalty': 0.5} | presence_penalty",
                "{'prompt': 'a', 'logit_bias': {'5': 1}} | logit_bias",
                "{'prompt': 'a', 'best_of': 3} | best_of",
                "{'prompt': 'a', 'temperatur': 0} | temperatur",
            })
    void aFieldThatCantBeUsedIsNamed(String body, String param) {
        Answer answer = server.complete(body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.error().get("param").textValue()).isEqualTo(param);
        assertThat(answer.error().get("type").textValue()).isEqualTo("invalid_request_error");
        assertThat(answer.error().get("message").textValue()).isNotBlank();
        assertThat(answer.error().get("code").textValue()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | messages",
                "{'messages': []} | messages",
                "{'messages': ['hello']} | messages[0]",
                "{'messages': [{'content': 'a'}]} | messages[0].role",
                "{'messages': [{'role': 'user'}]} | messages[0].content",
                "{'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}]} | messages[0].content",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'tools': [{'type': 'function'}]} | tools",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'response_format': {'type': 'json_object'}} | response_format",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'top_logprobs': 2} | top_logprobs",
                "{'messages': [{'role': 'critic', 'content': 'a'}]} | messages",
            })
    void aChatThatCantBeUsedNamesItsField(String body, String param) {
        Answer answer = server.chat(body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.error().get("param").textValue()).isEqualTo(param);
    }

    @Test
    void theTemplatesOwnWordsAreToldOn() {
        Answer answer = server.chat("{'messages': [{'role': 'critic', 'content': 'a'}]}");
        assertThat(answer.error().get("message").textValue()).isEqualTo("no critics here");
    }

    @Test
    void textsBecomeTokensAndComeBack() {
        String text = "Tom has 3 apples. ünï";
        JsonNode tokens =
                server.post("/tokenize", "{'content': '" + text + "'}").json().get("tokens");
        assertThat(server.post("/detokenize", "{'tokens': " + tokens + "}")
                        .json()
                        .get("content")
                        .textValue())
                .isEqualTo(text);
        JsonNode pieces = server.post("/tokenize", "{'content': '" + text + "', 'with_pieces': true}")
                .json()
                .get("tokens");
        assertThat(pieces).hasSameSizeAs(tokens);
        assertThat(pieces.get(0).get("id")).isEqualTo(tokens.get(0));
        assertThat(server.post("/detokenize", "{'tokens': [100000]}").status()).isEqualTo(400);
        assertThat(server.post("/tokenize", "{}").error().get("param").textValue())
                .isEqualTo("content");
    }

    @Test
    void modelsHealthMetricsAndThePageAreThere() {
        assertThat(server.get("/v1/models").json().at("/data/0/id").textValue()).isEqualTo("errata-2m");
        assertThat(server.get("/v1/models/errata-2m").json().get("object").textValue())
                .isEqualTo("model");
        assertThat(server.get("/v1/models/other").status()).isEqualTo(404);
        assertThat(server.get("/health").json().get("status").textValue()).isEqualTo("ok");
        Answer page = server.get("/");
        assertThat(page.response().headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/html");
        assertThat(page.body())
                .contains("<!DOCTYPE html>")
                .doesNotContain("/*style*/")
                .doesNotContain("src=\"http");
        server.complete("{" + GREEDY + "}");
        String metrics = server.get("/metrics").body();
        assertThat(metrics).contains("errata_http_requests_total{path=\"/v1/completions\",status=\"200\"}");
        assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
                .allMatch(line -> line.matches("[a-z_]+(\\{[^}]*})? [0-9.E+-]+"));
    }
}
