package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends one request to {@code {base_url}/chat/completions} and says what came of it. Safe for many threads. */
final class Endpoint implements AutoCloseable {
    /** More than any answer of some thousand tokens; a server that sends more is broken. */
    static final int LARGEST_BODY = 8 << 20;

    private final OpenAiConfig config;
    private final String key;
    private final HttpClient client;

    Endpoint(OpenAiConfig config, String key) {
        this.config = config;
        this.key = key;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout())
                .build();
    }

    /** The key that the environment holds; without one nothing can be asked. */
    static String keyFrom(OpenAiConfig config, String value) {
        if (value == null || value.isBlank()) {
            throw new BadInputException(
                    "no key in the environment variable " + config.apiKeyEnv(),
                    "correct.openai.api_key_env",
                    "set " + config.apiKeyEnv() + " or name another variable");
        }
        if (!value.strip().chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new BadInputException(
                    "the key in the environment variable " + config.apiKeyEnv() + " holds strange characters",
                    "correct.openai.api_key_env",
                    "set " + config.apiKeyEnv() + " anew");
        }
        return value.strip();
    }

    private Duration timeout() {
        return Duration.ofMillis(Math.max(1, Math.round(config.timeoutSeconds() * 1000)));
    }

    /** One try; the time limit covers the whole of it, the reading of the body too. */
    Reply ask(ChatRequest request) throws InterruptedException {
        HttpRequest http = HttpRequest.newBuilder(config.completions())
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .timeout(timeout())
                .POST(HttpRequest.BodyPublishers.ofString(request.body()))
                .build();
        CompletableFuture<HttpResponse<byte[]>> sent = client.sendAsync(http, BoundedBody.of(LARGEST_BODY));
        try {
            return read(sent.get(timeout().toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            sent.cancel(true);
            return new Reply.Failed("no answer within " + config.timeoutSeconds() + " s", 0);
        } catch (ExecutionException e) {
            return new Reply.Failed(reason(e.getCause()), 0);
        } catch (InterruptedException e) {
            sent.cancel(true);
            throw e;
        }
    }

    private static String reason(Throwable failure) {
        if (failure instanceof ConnectException) {
            return "no connection";
        }
        String said = failure.getMessage();
        return said == null || said.isBlank() ? failure.getClass().getSimpleName() : said;
    }

    private Reply read(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        if (status == 401 || status == 403) {
            return new Reply.KeyRefused(status);
        }
        String body = new String(response.body(), StandardCharsets.UTF_8);
        if (status == 429 || status == 408 || status >= 500) {
            long wait = response.headers()
                    .firstValue("Retry-After")
                    .map(header -> RetryAfter.millis(header, Instant.now()))
                    .orElse(0L);
            return new Reply.Failed("status " + status, wait);
        }
        if (status != 200) {
            return new Reply.Rejected("status " + status + ", " + shown(body));
        }
        return answer(body);
    }

    private Reply answer(String body) {
        try {
            JsonNode whole = Json.parse(body);
            JsonNode content = whole.path("choices").path(0).path("message").path("content");
            if (!content.isTextual() || content.textValue().isBlank()) {
                return new Reply.Failed("an empty answer", 0);
            }
            return new Reply.Answer(
                    content.textValue(),
                    whole.path("usage").path("total_tokens").asLong(0));
        } catch (JsonProcessingException e) {
            return new Reply.Failed("an answer that is not JSON", 0);
        }
    }

    /** A server's words for a message: short, on one line, and without the key should they repeat it. */
    private String shown(String body) {
        String line = body.replace(key, "(key)")
                .replaceAll("\\s+", " ")
                .replace(':', ' ')
                .strip();
        return line.length() > 160 ? line.substring(0, 160) + "…" : line;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
