package dev.errata.pipeline.rows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.text.Conversation;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A conversation out of a row of {@code messages}, of ShareGPT's {@code conversations}, or of a prompt and a completion
 * that are messages. What can't be right is refused: trained on, it would teach something else than was meant.
 */
final class ConversationRow {
    private static final String ASSISTANT = "assistant";
    /** What others call the assistant and the user; a template would pass such turns by, or write the name as it is. */
    private static final Set<String> ASSISTANTS =
            Set.of("gpt", "bot", "model", "ai", "chatgpt", "chatbot", "bard", "bing");

    private static final Set<String> USERS = Set.of("human", "instruction", "prompter");
    private static final Set<String> TOOLS = Set.of("tool", "observation", "function_response", "tool_response");

    private final JsonRow row;
    private final boolean lastAlone;
    private final List<String> ignore;
    private final List<Map<String, Object>> messages = new ArrayList<>();
    private final BitSet trained = new BitSet();
    private int excluded;

    /**
     * @param lastAlone whether of the assistant's turns only the last is trained
     * @param ignore fields of messages to pass over
     */
    ConversationRow(JsonRow row, boolean lastAlone, List<String> ignore) {
        this.row = row;
        this.lastAlone = lastAlone;
        this.ignore = ignore;
    }

    /** Assistant turns that are not trained, as a message or the config says so. */
    int excluded() {
        return excluded;
    }

    Conversation ofMessages() {
        addAll("messages", true);
        return done("messages");
    }

    /** A prompt and a completion that are lists of messages: the completion's are trained. */
    Conversation ofPromptAndCompletion() {
        addAll("prompt", false);
        excluded = 0;
        addAll("completion", true);
        return done("completion");
    }

    Conversation ofShareGpt() {
        if (row.has("system")) {
            messages.add(message("system", row.text("system")));
        }
        for (JsonNode each : list("conversations")) {
            ObjectNode turn = object(each, "conversations");
            if (!turn.has("from") && turn.has("role")) {
                add(turn, true);
                continue;
            }
            ObjectNode renamed = Json.MAPPER.createObjectNode();
            turn.properties().forEach(field -> {
                switch (field.getKey()) {
                    case "from" -> renamed.put("role", roleOf(field.getValue()));
                    case "value" -> renamed.set("content", field.getValue());
                    default -> renamed.set(field.getKey(), field.getValue());
                }
            });
            add(renamed, true);
        }
        return done("conversations");
    }

    private String roleOf(JsonNode from) {
        String name = from.asText().toLowerCase(Locale.ROOT);
        if (ASSISTANTS.contains(name) || name.equals(ASSISTANT)) {
            return ASSISTANT;
        }
        if (USERS.contains(name) || name.equals("user")) {
            return "user";
        }
        if (TOOLS.contains(name)) {
            return "tool";
        }
        if (name.equals("system")) {
            return name;
        }
        throw wrong(
                "is from " + from,
                "give human, gpt, system or observation; calls of functions as messages with tool_calls");
    }

    private static Map<String, Object> message(String role, String content) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }

    private void addAll(String field, boolean train) {
        for (JsonNode each : list(field)) {
            add(object(each, field), train);
        }
    }

    private ArrayNode list(String field) {
        if (row.tree(field) instanceof ArrayNode array && !array.isEmpty()) {
            return array;
        }
        throw row.wrong(
                "field " + field + " is no list of messages, or an empty one", "give objects with role and content");
    }

    private ObjectNode object(JsonNode node, String field) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw row.wrong("field " + field + " holds " + shown(node), "give objects with role and content");
    }

    private void add(ObjectNode given, boolean train) {
        Map<String, Object> message =
                Json.MAPPER.convertValue(given, new TypeReference<LinkedHashMap<String, Object>>() {});
        ignore.forEach(message::remove);
        String role = role(given);
        content(given, role, message);
        boolean wanted = wanted(given, role);
        message.remove("train");
        message.remove("weight");
        for (Map.Entry<String, Object> field : message.entrySet()) {
            if (field.getValue() instanceof Boolean || field.getValue() instanceof Number) {
                throw wrong(
                        "has " + field.getKey() + " " + field.getValue() + ", which is not known",
                        "say \"train\": false or \"weight\": 0 to exclude a message, or name the field in ignore");
            }
        }
        if (role.equals(ASSISTANT)) {
            if (train && wanted) {
                trained.set(messages.size());
            } else {
                excluded++;
            }
        }
        messages.add(message);
    }

    private String role(ObjectNode given) {
        JsonNode role = given.path("role");
        if (!role.isTextual() || role.textValue().isBlank()) {
            throw wrong("has no role", "give each message role and content");
        }
        String name = role.textValue();
        String lower = name.toLowerCase(Locale.ROOT);
        boolean meansAssistant = ASSISTANTS.contains(lower) || (lower.equals(ASSISTANT) && !name.equals(ASSISTANT));
        boolean meansUser = USERS.contains(lower) || (lower.equals("user") && !name.equals("user"));
        if (meansAssistant || meansUser) {
            throw wrong("has role " + name, "call it " + (meansUser ? "user" : ASSISTANT));
        }
        return name;
    }

    private void content(ObjectNode given, String role, Map<String, Object> message) {
        JsonNode content = given.path("content");
        switch (content.getNodeType()) {
            case STRING -> {}
            case ARRAY -> message.put("content", joined(content));
            case NULL, MISSING -> {
                boolean calls = given.path("tool_calls").isArray()
                        && !given.path("tool_calls").isEmpty();
                if (!role.equals(ASSISTANT) || !calls) {
                    throw wrong(
                            content.isNull() ? "has content null" : "has no content",
                            "give a text; an assistant's content may be null beside tool_calls");
                }
            }
            default ->
                throw wrong(
                        "has content " + shown(content), "give a text or a list of {\"type\": \"text\", \"text\": …}");
        }
    }

    private String joined(JsonNode parts) {
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts) {
            boolean isText = part.isObject()
                    && part.path("text").isTextual()
                    && part.path("type").asText("text").equals("text");
            if (!isText && !part.isTextual()) {
                throw wrong(
                        "has a content part " + shown(part),
                        "give text parts alone, {\"type\": \"text\", \"text\": …}");
            }
            text.append(isText ? part.get("text").textValue() : part.textValue());
        }
        if (parts.isEmpty()) {
            throw wrong("has content []", "give a text");
        }
        return text.toString();
    }

    /** What {@code train} and {@code weight} say; true where neither is there. */
    private boolean wanted(ObjectNode given, String role) {
        JsonNode train = given.path("train");
        JsonNode weight = given.path("weight");
        if (!train.isMissingNode() && !train.isNull() && !train.isBoolean()) {
            throw wrong("has train " + shown(train), "give true or false");
        }
        boolean hasWeight = !weight.isMissingNode() && !weight.isNull();
        if (hasWeight && !(weight.isNumber() && (weight.doubleValue() == 0 || weight.doubleValue() == 1))) {
            throw wrong("has weight " + shown(weight), "give 0 or 1, other weights are not known");
        }
        boolean says = train.isBoolean() || hasWeight;
        boolean byTrain = !train.isBoolean() || train.booleanValue();
        boolean byWeight = !hasWeight || weight.doubleValue() == 1;
        if (train.isBoolean() && hasWeight && byTrain != byWeight) {
            throw wrong("has train " + train + " beside weight " + weight, "leave one of the two out");
        }
        if (train.isBoolean() && byTrain && !role.equals(ASSISTANT)) {
            throw wrong("has train true and is the " + role + "'s", "only the assistant's messages are trained");
        }
        return !says || (byTrain && byWeight);
    }

    private Conversation done(String field) {
        if (messages.stream().noneMatch(message -> ASSISTANT.equals(message.get("role")))) {
            throw row.wrong("no message in " + field + " is the assistant's", "add the answer to train on");
        }
        if (!ASSISTANT.equals(messages.getLast().get("role"))) {
            throw row.wrong(
                    "the last message is not the assistant's, but has role "
                            + messages.getLast().get("role"),
                    "end the row with an answer to train on");
        }
        if (trained.isEmpty()) {
            throw row.wrong("every message of the assistant is excluded", "remove this row");
        }
        if (lastAlone) {
            int last = trained.length() - 1;
            excluded += trained.cardinality() - 1;
            trained.clear(0, last);
        }
        return new Conversation(messages, trained, variables());
    }

    private Map<String, Object> variables() {
        Map<String, Object> variables = new LinkedHashMap<>();
        if (row.has("chat_template_kwargs")) {
            variables.putAll(Json.MAPPER.convertValue(
                    row.block("chat_template_kwargs").fields(), new TypeReference<LinkedHashMap<String, Object>>() {}));
        }
        if (row.has("tools")) {
            JsonNode tools = tools();
            if (!tools.isEmpty()) {
                variables.put("tools", Json.MAPPER.convertValue(tools, new TypeReference<List<Object>>() {}));
            }
        }
        return variables;
    }

    /** A list of objects, or a text that holds one as JSON, since tables have no lists of any shape. */
    private JsonNode tools() {
        JsonNode tools = row.tree("tools");
        try {
            JsonNode list = tools.isTextual()
                    ? (tools.textValue().isBlank() ? Json.MAPPER.createArrayNode() : Json.parse(tools.textValue()))
                    : tools;
            boolean objects = list.isArray();
            for (JsonNode each : list) {
                objects &= each.isObject();
            }
            if (objects) {
                return list;
            }
        } catch (JsonProcessingException e) {
            // said below
        }
        throw row.wrong("field tools is " + shown(tools), "give a list of objects, one for each tool");
    }

    private BadInputException wrong(String what, String remedy) {
        return row.wrong("message " + (messages.size() + 1) + " " + what, remedy);
    }

    private static String shown(JsonNode node) {
        String value = node.toString();
        return value.length() > 60 ? value.substring(0, 60) + "…" : value;
    }
}
