package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** What becomes of the text that a split pattern matches. */
enum SplitBehavior {
    REMOVED,
    ISOLATED,
    MERGED_WITH_PREVIOUS,
    MERGED_WITH_NEXT,
    CONTIGUOUS;

    /** A stretch of text {@code [from, to)}, either matched by the pattern or between two matches; a match may be empty. */
    record Span(int from, int to, boolean isMatch) {}

    /** The pieces that spans make, given all of them from the text's start to its end; some may be empty. */
    List<Span> join(List<Span> spans) {
        return switch (this) {
            case ISOLATED -> spans;
            case REMOVED -> spans.stream().filter(span -> !span.isMatch()).toList();
            case CONTIGUOUS -> contiguous(spans);
            case MERGED_WITH_PREVIOUS -> mergedWithPrevious(spans);
            case MERGED_WITH_NEXT -> mergedWithPrevious(spans.reversed()).reversed();
        };
    }

    private static List<Span> contiguous(List<Span> spans) {
        List<Span> joined = new ArrayList<>();
        for (Span span : spans) {
            if (!joined.isEmpty() && joined.getLast().isMatch() == span.isMatch()) {
                joined.add(cover(joined.removeLast(), span, span.isMatch()));
            } else {
                joined.add(span);
            }
        }
        return joined;
    }

    /** In the order given, a match joins what came before it, unless that was a match too. */
    private static List<Span> mergedWithPrevious(List<Span> spans) {
        List<Span> joined = new ArrayList<>();
        boolean afterMatch = false;
        for (Span span : spans) {
            if (span.isMatch() && !afterMatch && !joined.isEmpty()) {
                joined.add(cover(joined.removeLast(), span, true));
            } else {
                joined.add(span);
            }
            afterMatch = span.isMatch();
        }
        return joined;
    }

    private static Span cover(Span one, Span other, boolean isMatch) {
        return new Span(Math.min(one.from(), other.from()), Math.max(one.to(), other.to()), isMatch);
    }
}
