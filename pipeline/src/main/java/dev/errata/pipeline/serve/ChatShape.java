package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.tokenizer.TokenPiece;
import dev.errata.pipeline.data.Json;
import java.util.List;

/**
 * Choices as {@code /v1/chat/completions} has them.
 *
 * @param scored whether log-probabilities were asked for
 * @param rivals how many of the likeliest tokens stand beside each
 */
record ChatShape(TokenTexts tokens, boolean scored, int rivals) implements AnswerShape {
    @Override
    public String object() {
        return "chat.completion";
    }

    @Override
    public String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public ObjectNode whole(Choice choice) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.putObject("message")
                .put("role", "assistant")
                .put("content", choice.text())
                .putNull("refusal");
        return node.set("logprobs", logprobs(choice.scores()));
    }

    @Override
    public ObjectNode opening(Choice choice) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.putObject("delta").put("role", "assistant").put("content", "");
        return node.putNull("logprobs");
    }

    @Override
    public ObjectNode piece(Choice choice, String text, List<ScoredToken> scores) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        ObjectNode delta = node.putObject("delta");
        if (!text.isEmpty() || !scores.isEmpty()) {
            delta.put("content", text);
        }
        return node.set("logprobs", scores.isEmpty() ? null : logprobs(scores));
    }

    private ObjectNode logprobs(List<ScoredToken> scores) {
        if (!scored) {
            return null;
        }
        ObjectNode node = Json.MAPPER.createObjectNode();
        ArrayNode content = node.putArray("content");
        for (ScoredToken score : scores) {
            ObjectNode each = content.addObject();
            put(each, score.id(), score.logProbability());
            ArrayNode top = each.putArray("top_logprobs");
            score.rivals().stream()
                    .limit(rivals)
                    .forEach(rival -> put(top.addObject(), rival.id(), rival.logProbability()));
        }
        return node.putNull("refusal");
    }

    private void put(ObjectNode node, int id, double logProbability) {
        TokenPiece piece = tokens.of(id);
        node.put("token", piece.text()).put("logprob", LogProbability.shown(logProbability));
        ArrayNode bytes = node.putArray("bytes");
        for (byte each : piece.bytes()) {
            bytes.add(each & 0xFF);
        }
    }
}
