package dev.errata.model.text;

import dev.errata.model.chat.ChatTemplates;
import dev.errata.model.chat.TemplateRaisedException;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Renders a conversation and parts of it with a chat template, giving it contents in the form that it reads: a text, or
 * where it takes nothing else a list of text parts.
 */
final class ConversationTemplate {
    /** A text that no template treats in a way of its own. */
    private static final String PROBE = "Qe7 zK9";

    private final ChatTemplates template;
    private final boolean takesParts;

    ConversationTemplate(ChatTemplates template) {
        this.template = template;
        this.takesParts = takesPartsOnly(template);
    }

    /** The whole of it, without a generation prompt. */
    String whole(Conversation conversation) {
        return render(conversation.messages(), false, conversation.variables());
    }

    /** The first {@code count} messages; empty where the template refuses such a beginning. */
    Optional<String> beginning(Conversation conversation, int count, boolean generationPrompt) {
        try {
            return Optional.of(render(conversation.first(count), generationPrompt, conversation.variables()));
        } catch (ConversationFault refused) {
            return Optional.empty();
        }
    }

    /**
     * The conversation with a null content in the form that the template reads: null itself, which is what transformers
     * gives it, unless the template writes it out or can't take it; then an empty text.
     */
    Conversation withoutNulls(Conversation conversation) {
        Conversation result = conversation;
        for (int i = 0; i < conversation.messages().size(); i++) {
            Map<String, Object> message = conversation.messages().get(i);
            if (message.containsKey(Conversation.CONTENT) && message.get(Conversation.CONTENT) == null) {
                Conversation empty = result.with(i, Conversation.CONTENT, "");
                if (writesNull(result, empty)) {
                    result = empty;
                }
            }
        }
        return result;
    }

    /**
     * What the template writes after an answer to end the turn, without white space around it; empty where it
     * writes nothing or takes no such conversation.
     */
    String endOfTurn() {
        Map<String, Object> question = Map.of("role", "user", Conversation.CONTENT, "2 + 3");
        Map<String, Object> answer = Map.of("role", "assistant", Conversation.CONTENT, PROBE);
        String rendered;
        try {
            rendered = render(List.of(question, answer), false, Map.of());
        } catch (ConversationFault refused) {
            return "";
        }
        int at = rendered.lastIndexOf(PROBE);
        return at < 0 ? "" : rendered.substring(at + PROBE.length()).strip();
    }

    private boolean writesNull(Conversation asNull, Conversation asEmpty) {
        try {
            return count(whole(asNull), "None") > count(whole(asEmpty), "None");
        } catch (ConversationFault cannotTakeNull) {
            return true;
        }
    }

    private static int count(String text, String word) {
        int count = 0;
        for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length())) {
            count++;
        }
        return count;
    }

    private String render(List<Map<String, Object>> messages, boolean generationPrompt, Map<String, Object> variables) {
        try {
            return template.render(takesParts ? inParts(messages) : messages, generationPrompt, variables);
        } catch (TemplateRaisedException e) {
            throw new ConversationFault(
                    "the chat template refuses the messages, " + e.getMessage(),
                    "give them as the template wants them");
        } catch (BadInputException e) {
            throw new ConversationFault(e.what() + " (" + e.where().replace(':', ' ') + ")", e.remedy());
        }
    }

    private static List<Map<String, Object>> inParts(List<Map<String, Object>> messages) {
        List<Map<String, Object>> changed = new ArrayList<>();
        for (Map<String, Object> message : messages) {
            Map<String, Object> fields = new LinkedHashMap<>(message);
            if (message.get(Conversation.CONTENT) instanceof String text) {
                fields.put(Conversation.CONTENT, List.of(Map.of("type", "text", "text", text)));
            }
            changed.add(fields);
        }
        return changed;
    }

    /** As llama.cpp finds it out: a text given plainly is lost, given as a part it is there. */
    private static boolean takesPartsOnly(ChatTemplates template) {
        List<Map<String, Object>> plain = List.of(Map.of("role", "user", Conversation.CONTENT, PROBE));
        return !shows(template, plain) && shows(template, inParts(plain));
    }

    private static boolean shows(ChatTemplates template, List<Map<String, Object>> messages) {
        try {
            return template.render(messages, false, Map.of()).contains(PROBE);
        } catch (TemplateRaisedException | BadInputException e) {
            return false;
        }
    }
}
