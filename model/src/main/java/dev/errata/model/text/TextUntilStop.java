package dev.errata.model.text;

import dev.errata.model.tokenizer.StreamingDecoder;
import dev.errata.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * The text of tokens as they come, without special ones, up to the first stop text. Stop texts are looked for in the text
 * with special tokens and in that without them; what may be the beginning of one is held back. For one thread.
 */
public final class TextUntilStop {
    private final List<String> stop;
    private final StreamingDecoder shownDecoder;
    private final StreamingDecoder wholeDecoder;
    /** Without special tokens, and with them. */
    private final StringBuilder shown = new StringBuilder();

    private final StringBuilder whole = new StringBuilder();
    /** For each token where its text begins in both. */
    private int[] shownStarts = new int[64];

    private int[] wholeStarts = new int[64];
    private int tokens;
    private int handedOut;
    private boolean stopped;

    TextUntilStop(Tokenizer tokenizer, List<String> stop) {
        this.stop = List.copyOf(stop);
        this.shownDecoder = tokenizer.streamingDecoder(true);
        this.wholeDecoder = tokenizer.streamingDecoder(false);
    }

    /** Takes the next token and returns the text that has become certain. */
    public String append(int id) {
        return grown(shownDecoder.append(id), wholeDecoder.append(id), false);
    }

    /** Whether a stop text was found. */
    public boolean isStopped() {
        return stopped;
    }

    /** The rest of the text, when no token comes any more. */
    public String finish() {
        return grown(shownDecoder.finish(), wholeDecoder.finish(), true);
    }

    private String grown(String moreShown, String moreWhole, boolean atEnd) {
        if (stopped) {
            return "";
        }
        if (tokens == shownStarts.length) {
            shownStarts = Arrays.copyOf(shownStarts, 2 * tokens);
            wholeStarts = Arrays.copyOf(wholeStarts, 2 * tokens);
        }
        shownStarts[tokens] = shown.length();
        wholeStarts[tokens++] = whole.length();
        shown.append(moreShown);
        whole.append(moreWhole);
        int end = Math.min(
                first(shown, shown.length() - moreShown.length()),
                inShown(first(whole, whole.length() - moreWhole.length())));
        if (end < Integer.MAX_VALUE) {
            stopped = true;
        } else {
            end = atEnd ? shown.length() : Math.min(begun(shown), inShown(begun(whole)));
        }
        String text = shown.substring(handedOut, Math.max(handedOut, Math.min(end, shown.length())));
        handedOut += text.length();
        return text;
    }

    /** Where the first stop text begins that ends behind {@code before}; a huge number where none does. */
    private int first(StringBuilder text, int before) {
        int found = Integer.MAX_VALUE;
        for (String each : stop) {
            int at = text.indexOf(each, Math.max(0, before - each.length() + 1));
            found = at >= 0 ? Math.min(found, at) : found;
        }
        return found;
    }

    /** Where the longest end of a text begins that a stop text begins with; its length where none does. */
    private int begun(StringBuilder text) {
        int most = 0;
        for (String each : stop) {
            for (int length = Math.min(each.length() - 1, text.length()); length > most; length--) {
                if (each.startsWith(text.substring(text.length() - length))) {
                    most = length;
                }
            }
        }
        return text.length() - most;
    }

    /** The place in the text without special tokens that a place in the other one stands for. */
    private int inShown(int place) {
        if (place == Integer.MAX_VALUE || place == whole.length()) {
            return place == whole.length() ? shown.length() : place;
        }
        int token = tokens - 1;
        while (wholeStarts[token] > place) {
            token--;
        }
        int end = token + 1 < tokens ? shownStarts[token + 1] : shown.length();
        return Math.min(end, shownStarts[token] + place - wholeStarts[token]);
    }
}
