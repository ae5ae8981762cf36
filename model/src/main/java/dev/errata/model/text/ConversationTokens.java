package dev.errata.model.text;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation as the model sees it: the template's rendering as one text in tokens, with the trained ones marked.
 *
 * @param ids of the whole rendering
 * @param trained for each id whether it is trained
 * @param spans the trained parts, which are as many as trained turns
 * @param ended how many of them end in a special token
 * @param partial how many lack a part of their message's text, which the template left out (as earlier thinking)
 */
public record ConversationTokens(int[] ids, boolean[] trained, int spans, int ended, int partial) {
    /**
     * Renders and marks. Tokens at the edge of a trained part belong to it where they hold a character of it.
     *
     * @throws ConversationFault where the template can't render it or what is trained can't be told
     * @throws dev.errata.tensor.BadInputException if the model has no template
     */
    public static ConversationTokens of(ModelText text, Conversation conversation) {
        TurnSpans turns = new TurnSpans(text.conversationTemplate(), text.tokenizer(), conversation);
        int[] ids = text.tokenizer().encode(turns.whole(), false);
        boolean[] trained = new boolean[ids.length];
        List<TurnSpans.Span> spans = turns.spans();
        int ended = 0;
        int partial = 0;
        int turn = -1;
        for (TurnSpans.Span span : spans) {
            turn = conversation.trained().nextSetBit(turn + 1);
            int from = tokensBefore(text, turns.whole(), span.start(), ids, false);
            int to = tokensBefore(text, turns.whole(), span.end(), ids, true);
            Arrays.fill(trained, from, to, true);
            ended += to > 0 && text.tokenizer().isSpecial(ids[to - 1]) ? 1 : 0;
            String part = turns.whole().substring(span.start(), span.end());
            partial += part.contains(conversation.text(turn).strip()) ? 0 : 1;
        }
        return new ConversationTokens(ids, trained, spans.size(), ended, partial);
    }

    /** Whether a template says anything of the tools that it is given. */
    public static boolean rendersTools(ModelText text, Conversation conversation) {
        ConversationTemplate template = text.conversationTemplate();
        Map<String, Object> others = new LinkedHashMap<>(conversation.variables());
        others.remove("tools");
        Conversation without = new Conversation(conversation.messages(), conversation.trained(), others);
        return !template.whole(template.withoutNulls(conversation))
                .equals(template.whole(template.withoutNulls(without)));
    }

    /**
     * How many tokens lie before a character.
     *
     * @param reaching whether a token that reaches over that place counts
     */
    private static int tokensBefore(ModelText text, String whole, int character, int[] ids, boolean reaching) {
        if (character == whole.length()) {
            return ids.length;
        }
        int[] part = text.tokenizer().encode(whole.substring(0, character), false);
        int mismatch = Arrays.mismatch(part, ids);
        boolean between = mismatch == part.length || mismatch < 0;
        return between || !reaching ? mismatch < 0 ? part.length : mismatch : mismatch + 1;
    }
}
