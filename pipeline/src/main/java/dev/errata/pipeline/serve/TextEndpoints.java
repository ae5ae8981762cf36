package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.tokenizer.TokenPiece;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.serve.http.Exchange;
import java.util.Map;

/** Texts to tokens and back, and conversations to texts, in the shapes of llama.cpp's server. */
final class TextEndpoints {
    private final ServedModel model;

    TextEndpoints(ServedModel model) {
        this.model = model;
    }

    /** {@code {content, add_special?, with_pieces?}} to {@code {tokens}}. */
    void tokenize(Exchange exchange) {
        BodyFields body = BodyFields.of(exchange.body());
        String content = body.text("content", null);
        if (content == null) {
            throw body.wrong("content", "is missing");
        }
        boolean special = body.flag("add_special", false);
        boolean pieces = body.flag("with_pieces", false);
        body.refuse("parse_special", "true");
        body.refuseUnknown();
        int[] ids = model.text().tokenizer().encode(content, special);
        exchange.json(200, Json.line(Map.of("tokens", pieces ? pieces(ids) : ids)));
    }

    /** Each with its text, or its bytes where they are a part of a character. */
    private ArrayNode pieces(int[] ids) {
        ArrayNode list = Json.MAPPER.createArrayNode();
        for (int id : ids) {
            TokenPiece piece = model.tokenTexts().of(id);
            ObjectNode each = list.addObject().put("id", id);
            if (piece.isWhole()) {
                each.put("piece", piece.text());
            } else {
                ArrayNode bytes = each.putArray("piece");
                for (byte one : piece.bytes()) {
                    bytes.add(one & 0xFF);
                }
            }
        }
        return list;
    }

    /** {@code {tokens}} to {@code {content}}. */
    void detokenize(Exchange exchange) {
        BodyFields body = BodyFields.of(exchange.body());
        if (!(body.tree("tokens") instanceof ArrayNode list)) {
            throw body.wrong("tokens", "must be a list of token ids");
        }
        int[] ids = body.ids("tokens", list, model.config().vocabSize());
        body.refuseUnknown();
        exchange.json(200, Json.line(Map.of("content", model.tokenTexts().joined(ids))));
    }

    /** {@code {messages}} to {@code {prompt}}. */
    void applyTemplate(Exchange exchange) {
        BodyFields body = BodyFields.of(exchange.body());
        body.ignore("model");
        boolean generationPrompt = body.flag("add_generation_prompt", true);
        ChatMessages messages = ChatMessages.read(body);
        body.refuseUnknown();
        exchange.json(
                200,
                Json.line(Map.of(
                        "prompt",
                        messages.prompt(model.text(), generationPrompt).text())));
    }
}
