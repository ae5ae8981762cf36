package dev.errata.pipeline.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.serve.http.Exchange;
import java.time.Instant;

/** {@code GET /v1/models}: the model and its adapters, each of which a request may name. */
final class ModelList {
    static final String PATH = "/v1/models";

    private final ServedModel model;
    private final long created = Instant.now().getEpochSecond();

    ModelList(ServedModel model) {
        this.model = model;
    }

    void all(Exchange exchange) {
        ObjectNode json = Json.MAPPER.createObjectNode().put("object", "list");
        ArrayNode data = json.putArray("data");
        model.names().forEach(name -> data.add(described(name)));
        exchange.json(200, Json.line(json));
    }

    void one(Exchange exchange) {
        String name = exchange.head().path().substring(PATH.length() + 1);
        model.adapter(name);
        exchange.json(200, Json.line(described(name)));
    }

    private ObjectNode described(String name) {
        ObjectNode json = Json.MAPPER
                .createObjectNode()
                .put("id", name)
                .put("object", "model")
                .put("created", created)
                .put("owned_by", "errata")
                .put("max_model_len", model.context());
        return name.equals(model.name()) ? json : json.put("parent", model.name());
    }
}
