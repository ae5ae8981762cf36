package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.Sha256;

/**
 * One request of the chat completions API: a single user message.
 *
 * @param temperature null: the model's own
 * @param seed tells several answers to one prompt apart; null: none is sent
 */
record ChatRequest(String model, String prompt, Double temperature, int maxTokens, Long seed) {
    /** What servers call the most tokens of an answer; newer models of OpenAI's take {@code max_completion_tokens} alone. */
    enum Limit {
        MAX_TOKENS("max_tokens"),
        MAX_COMPLETION_TOKENS("max_completion_tokens");

        private final String field;

        Limit(String field) {
            this.field = field;
        }
    }

    static ChatRequest of(OpenAiConfig config, String prompt) {
        return new ChatRequest(config.model(), prompt, config.temperature(), config.maxTokens(), null);
    }

    /** The JSON that is sent. */
    String body(Limit limit) {
        ObjectNode body = Json.MAPPER.createObjectNode().put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        if (temperature != null) {
            body.put("temperature", temperature);
        }
        if (seed != null) {
            body.put("seed", seed);
        }
        return Json.line(body.put(limit.field, maxTokens));
    }

    /** What equal requests share, by whatever names they are sent: a SHA-256. */
    String hash() {
        return Sha256.of(body(Limit.MAX_TOKENS));
    }
}
