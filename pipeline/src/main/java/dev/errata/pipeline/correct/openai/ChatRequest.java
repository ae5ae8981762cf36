package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.Sha256;

/**
 * One request of the chat completions API.
 *
 * @param body the JSON that is sent: model, one user message, temperature, max_tokens
 */
record ChatRequest(String body) {
    static ChatRequest of(OpenAiConfig config, String prompt) {
        ObjectNode body = Json.MAPPER.createObjectNode().put("model", config.model());
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        body.put("temperature", config.temperature()).put("max_tokens", config.maxTokens());
        return new ChatRequest(Json.line(body));
    }

    /** The SHA-256 of the body: equal requests have equal answers. */
    String hash() {
        return Sha256.of(body);
    }
}
