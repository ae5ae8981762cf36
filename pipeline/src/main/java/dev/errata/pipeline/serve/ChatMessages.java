package dev.errata.pipeline.serve;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.chat.ChatTemplates;
import dev.errata.model.chat.TemplateRaisedException;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of a request, as a chat template takes them: contents are texts, text parts joined.
 *
 * @param variables further ones for the template
 */
record ChatMessages(List<Map<String, Object>> messages, Map<String, Object> variables) {
    private static final int MOST = 4096;

    /**
     * @throws RequestFault if {@code messages} is no list of messages with role and content
     */
    static ChatMessages read(BodyFields body) {
        if (!(body.tree("messages") instanceof ArrayNode list) || list.isEmpty() || list.size() > MOST) {
            throw body.wrong("messages", "must be a list of messages, each with role and content, and not empty");
        }
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonNode each : list) {
            messages.add(message(each, "messages[" + messages.size() + "]"));
        }
        return new ChatMessages(messages, body.map("chat_template_kwargs"));
    }

    private static Map<String, Object> message(JsonNode node, String where) {
        if (!(node instanceof ObjectNode object)) {
            throw RequestFault.invalid(where, "must be an object with role and content");
        }
        if (!object.path("role").isTextual()) {
            throw RequestFault.invalid(where + ".role", "must be a text, as system, user or assistant");
        }
        Map<String, Object> message =
                Json.MAPPER.convertValue(object, new TypeReference<LinkedHashMap<String, Object>>() {});
        message.values().removeIf(value -> value == null);
        switch (object.path("content").getNodeType()) {
            case STRING -> {}
            case ARRAY -> message.put("content", joined(object.get("content"), where + ".content"));
            case NULL, MISSING -> {
                if (object.path("tool_calls").isEmpty()) {
                    throw RequestFault.invalid(where + ".content", "is missing");
                }
            }
            default -> throw RequestFault.invalid(where + ".content", "must be a text or a list of text parts");
        }
        return message;
    }

    private static String joined(JsonNode parts, String where) {
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts) {
            if (!part.path("type").asText("text").equals("text")
                    || !part.path("text").isTextual()) {
                throw RequestFault.invalid(
                        where,
                        "holds a part that is no text: this model reads {\"type\": \"text\", \"text\": …} alone");
            }
            text.append(part.get("text").textValue());
        }
        return text.toString();
    }

    /**
     * The conversation in the model's template.
     *
     * @param generationPrompt whether it ends with the beginning of an answer
     * @throws RequestFault if the model has no template, or the template refuses the messages
     */
    PromptText prompt(ModelText model, boolean generationPrompt) {
        ChatTemplates template = model.chat()
                .orElseThrow(() -> RequestFault.invalid(
                        "messages",
                        "no_chat_template",
                        "the model has no chat template: use /v1/completions, or a model with one"));
        try {
            String text = template.render(messages, generationPrompt, variables);
            return new PromptText(model.tokenizer().encode(text, false), text);
        } catch (TemplateRaisedException e) {
            throw RequestFault.invalid("messages", "chat_template_refused", e.getMessage());
        } catch (BadInputException e) {
            throw RequestFault.invalid("messages", "chat_template_failed", e.what());
        }
    }
}
