package dev.errata.model.text;

import dev.errata.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which characters of a rendered conversation are trained: of each trained turn those from the end of the generation
 * prompt through the token that ends the turn. White space after that token is not.
 *
 * <p>Templates say neither. Where a turn begins and ends is found by rendering the messages before it and through it. A
 * template may render a turn otherwise once another follows, or with another head than its generation prompt (an opened
 * {@code <think>}); then the turn's own text is found by rendering the conversation with other texts in its place.
 */
final class TurnSpans {
    /** Two texts that differ in their first and last characters, so that one of them differs from any text there. */
    private static final String ONE = "Qe7 zK9";

    private static final String OTHER = "8vB-x3R";

    private final ConversationTemplate template;
    private final Tokenizer tokenizer;
    private final Conversation conversation;
    private final String whole;

    /** Characters {@code [start, end)} of the whole rendering. */
    record Span(int start, int end) {}

    TurnSpans(ConversationTemplate template, Tokenizer tokenizer, Conversation conversation) {
        this.template = template;
        this.tokenizer = tokenizer;
        this.conversation = template.withoutNulls(conversation);
        this.whole = template.whole(this.conversation);
    }

    String whole() {
        return whole;
    }

    /** Those of the trained turns, in order. */
    List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        for (int turn = conversation.trained().nextSetBit(0);
                turn >= 0;
                turn = conversation.trained().nextSetBit(turn + 1)) {
            requireCalls(turn);
            Span span = new Span(start(turn), end(turn));
            if (span.end() <= span.start()) {
                throw fault(turn, "is not rendered by the chat template", "leave it out, or use another template");
            }
            spans.add(span);
        }
        return spans;
    }

    /** A template that doesn't know tool calls leaves them out without a word. */
    private void requireCalls(int turn) {
        if (conversation.callsTools(turn)
                && template.whole(conversation.with(turn, Conversation.TOOL_CALLS, null))
                        .equals(whole)) {
            throw fault(
                    turn,
                    "has tool_calls, which the chat template doesn't render",
                    "use a template that does, or exclude the message with \"train\": false");
        }
    }

    private int start(int turn) {
        Optional<String> before = template.beginning(conversation, turn, true);
        if (before.isPresent() && whole.startsWith(before.get())) {
            return before.get().length();
        }
        int text = textStart(turn);
        if (before.isPresent() && commonStart(before.get(), whole) < text) {
            throw fault(
                    turn,
                    "is rendered otherwise than the generation prompt begins it",
                    "use a template that renders both alike, or exclude the message with \"train\": false");
        }
        return text;
    }

    private int end(int turn) {
        boolean last = turn == conversation.messages().size() - 1;
        Optional<String> through = last ? Optional.of(whole) : template.beginning(conversation, turn + 1, false);
        if (through.isPresent()) {
            String turnText = withoutSpaceAfterEnd(through.get(), turn);
            if (whole.startsWith(turnText)) {
                return throughEndToken(turnText.length());
            }
        }
        int text = textEnd(turn);
        int end = firstSpecialToken(text);
        if (end < 0) {
            throw fault(
                    turn,
                    "ends in no special token where another message follows",
                    "use another template, or exclude the message with \"train\": false");
        }
        return end;
    }

    /** White space goes only where it follows something that ends the turn; else it may be all that ends it. */
    private String withoutSpaceAfterEnd(String through, int turn) {
        String stripped = through.stripTrailing();
        String text = conversation.text(turn).strip();
        boolean nothingEnds = !conversation.callsTools(turn) && !text.isEmpty() && stripped.endsWith(text);
        return nothingEnds ? through : stripped;
    }

    /** Some templates write the end token of a turn only when the next one begins. */
    private int throughEndToken(int end) {
        Optional<String> eos = tokenizer.eosId().isPresent()
                ? tokenizer.tokenOf(tokenizer.eosId().getAsInt())
                : Optional.empty();
        return eos.isPresent() && whole.startsWith(eos.get(), end)
                ? end + eos.get().length()
                : end;
    }

    private int firstSpecialToken(int from) {
        for (int id : tokenizer.encode(whole.substring(from), false)) {
            if (tokenizer.isSpecial(id)) {
                String token = tokenizer.tokenOf(id).orElseThrow();
                return whole.indexOf(token, from) + token.length();
            }
        }
        return -1;
    }

    private int textStart(int turn) {
        return Math.min(commonStart(whole, probed(turn, ONE)), commonStart(whole, probed(turn, OTHER)));
    }

    private int textEnd(int turn) {
        return whole.length() - Math.min(commonEnd(whole, probed(turn, ONE)), commonEnd(whole, probed(turn, OTHER)));
    }

    private String probed(int turn, String text) {
        String rendered;
        try {
            rendered = template.whole(conversation.with(turn, Conversation.CONTENT, text));
        } catch (ConversationFault refused) {
            rendered = whole;
        }
        if (rendered.equals(whole)) {
            throw fault(
                    turn,
                    "has no place of its own in the template's rendering",
                    "use another template, or exclude the message with \"train\": false");
        }
        return rendered;
    }

    private static int commonStart(String a, String b) {
        int n = Math.min(a.length(), b.length());
        int i = 0;
        while (i < n && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    private static int commonEnd(String a, String b) {
        int n = Math.min(a.length(), b.length());
        int i = 0;
        while (i < n && a.charAt(a.length() - 1 - i) == b.charAt(b.length() - 1 - i)) {
            i++;
        }
        return i;
    }

    private static ConversationFault fault(int turn, String what, String remedy) {
        return new ConversationFault("message " + (turn + 1) + " " + what, remedy);
    }
}
