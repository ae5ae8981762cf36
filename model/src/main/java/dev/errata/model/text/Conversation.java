package dev.errata.model.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages to train on.
 *
 * @param messages maps with {@code role}, {@code content} and whatever else the chat template knows, as transformers gives
 *     them to a template; a content is a string, null beside tool calls, or absent there
 * @param trained the messages whose rendering is trained
 * @param variables further ones for the template, as {@code tools}
 */
public record Conversation(List<Map<String, Object>> messages, BitSet trained, Map<String, Object> variables) {
    static final String CONTENT = "content";
    static final String TOOL_CALLS = "tool_calls";

    /** The text of a message; empty where it has none. */
    String text(int message) {
        return messages.get(message).get(CONTENT) instanceof String text ? text : "";
    }

    boolean callsTools(int message) {
        return messages.get(message).get(TOOL_CALLS) instanceof List<?> calls && !calls.isEmpty();
    }

    /** The first {@code count} messages. */
    List<Map<String, Object>> first(int count) {
        return messages.subList(0, count);
    }

    /** The same with another value in a message; a null takes the key away. */
    Conversation with(int message, String key, Object value) {
        List<Map<String, Object>> changed = new ArrayList<>(messages);
        Map<String, Object> fields = new LinkedHashMap<>(messages.get(message));
        if (value == null) {
            fields.remove(key);
        } else {
            fields.put(key, value);
        }
        changed.set(message, fields);
        return new Conversation(changed, trained, variables);
    }
}
