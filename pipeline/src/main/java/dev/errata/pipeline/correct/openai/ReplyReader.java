package dev.errata.pipeline.correct.openai;

import static dev.errata.pipeline.filter.Rejection.REFUSED;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.errata.pipeline.data.Json;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;

/** What a response means: an answer, one cut off, a refusal, a failure that may pass, or one that never will. */
final class ReplyReader {
    private static final int LONGEST_WORDS = 300;
    private static final Set<String> LENGTH =
            Set.of("length", "max_tokens", "model_length", "model_context_window_exceeded");
    private static final Set<String> FILTER = Set.of(
            "content_filter", "content_filtered", "safety", "sensitive", "prohibited_content", "blocklist", "refusal");

    private static final String KEPT = " and run the same command again, the answers that came are kept";

    private final KeyMask mask;
    private final String keyVariable;

    ReplyReader(KeyMask mask, String keyVariable) {
        this.mask = mask;
        this.keyVariable = keyVariable;
    }

    Reply read(HttpResponse<byte[]> response, ChatRequest request, ChatRequest.Limit limit) {
        // A proxy that refuses a tunnel leaves no body.
        String body = response.body() == null ? "" : new String(response.body(), StandardCharsets.UTF_8);
        JsonNode tree = parsed(body);
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            if (!tree.isObject()) {
                return new Reply.Failed("an answer that is not JSON", 0);
            }
            if (!ServerError.isIn(tree)) {
                return answer(tree);
            }
            status = ServerError.of(tree, body).statusOr(502);
        }
        long wait = response.headers()
                .firstValue("Retry-After")
                .map(header -> RetryAfter.millis(header, Instant.now()))
                .orElse(0L);
        return failure(status, ServerError.of(tree, body), wait, request, limit);
    }

    private static JsonNode parsed(String body) {
        try {
            JsonNode tree = Json.parse(body);
            return tree == null ? MissingNode.getInstance() : tree;
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private Reply answer(JsonNode whole) {
        JsonNode choice = whole.path("choices").path(0);
        JsonNode message = choice.path("message");
        String finish = choice.path("finish_reason").asText("").toLowerCase(Locale.ROOT);
        String said = MessageText.whole(message.path("content"));
        String refusal = MessageText.refusal(message);
        long tokens = tokens(whole.path("usage"));
        if (FILTER.contains(finish)) {
            return new Reply.Refused(
                    REFUSED + " by the content filter", shownText(said.isBlank() ? refusal : said), tokens, false);
        }
        if (refusal != null) {
            return new Reply.Refused(REFUSED + " by the model", shownText(refusal), tokens, false);
        }
        String text = MessageText.answer(said);
        if (LENGTH.contains(finish)) {
            return new Reply.CutOff(text, tokens);
        }
        if (said.isBlank()) {
            boolean thought = !message.path("reasoning_content").asText("").isBlank()
                    || !message.path("reasoning").asText("").isBlank();
            return new Reply.Failed(thought ? "nothing but reasoning" : "an empty answer", 0);
        }
        return new Reply.Answer(text, tokens);
    }

    private static long tokens(JsonNode usage) {
        long parts = usage.path("prompt_tokens").asLong(0)
                + usage.path("completion_tokens").asLong(0);
        return usage.path("total_tokens").asLong(parts);
    }

    private Reply failure(int status, ServerError error, long wait, ChatRequest request, ChatRequest.Limit limit) {
        String words = error.words().isEmpty() ? "" : ", " + shown(error.words());
        if (error.isContentFilter()) {
            return new Reply.Refused(REFUSED + " by the content filter", shownText(error.words()), 0, false);
        }
        if (status == 402 || error.isQuota(wait > 0)) {
            return new Reply.Ended(
                    "the quota is used up, status " + status + words, "see to the account behind the key" + KEPT);
        }
        if (status == 401 || status == 403 || error.isWrongKey()) {
            return new Reply.Ended(
                    "the endpoint refuses the key with status " + status + words,
                    "set another key in " + keyVariable + KEPT);
        }
        if (status == 408 || status == 409 || status == 425 || status == 429 || status >= 500) {
            return new Reply.Failed("status " + status + words, wait);
        }
        if (error.isUnknownModel() || status == 404) {
            return new Reply.Ended(
                    "the endpoint has no model " + request.model() + " or no such address, status " + status + words,
                    "mend correct.openai.model or correct.openai.base_url" + KEPT);
        }
        if (error.wantsOtherLimit() && limit == ChatRequest.Limit.MAX_TOKENS) {
            return new Reply.OtherLimit();
        }
        if (request.temperature() != null && error.refusesTemperature()) {
            return new Reply.Ended(
                    "the model takes no temperature of " + request.temperature() + ", status " + status + words,
                    "set correct.openai.temperature to null" + KEPT);
        }
        if (status < 400 || status == 405 || status == 407 || status == 410) {
            return new Reply.Ended(
                    "the endpoint takes no requests, status " + status + words,
                    "mend correct.openai.base_url or the proxy" + KEPT);
        }
        return new Reply.Refused(REFUSED + " with status " + status, shownText(error.words()), 0, true);
    }

    /** A server's words for a record: all of them, without the key. */
    private String shownText(String words) {
        return words == null || words.isBlank() ? null : mask.of(words);
    }

    /** A server's words for a message: short and on one line. */
    private String shown(String words) {
        String line = mask.of(words).replaceAll("\\s+", " ").replace(':', ' ').strip();
        return line.length() > LONGEST_WORDS ? line.substring(0, LONGEST_WORDS) + "…" : line;
    }
}
