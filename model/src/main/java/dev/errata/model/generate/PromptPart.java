package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Tokens of a sequence that are read together.
 *
 * @param from position of the first
 * @param followers those with the same prompt that begin where this part ends it
 */
record PromptPart(Sequence sequence, int from, int count, List<Sequence> followers) {
    PromptPart(Sequence sequence, int from, int count) {
        this(sequence, from, count, new ArrayList<>());
    }

    /** Where the next part begins. */
    int end() {
        return from + count;
    }

    boolean endsReading() {
        return end() == sequence.toRead();
    }

    /** Those that get a token after this part: its sequence and the followers, if it ends there and there is one to write. */
    List<Sequence> writers() {
        return endsReading() && writes() ? all() : List.of();
    }

    /** Those that end with this part, since nothing is to be written. */
    List<Sequence> onlyReaders() {
        return endsReading() && !writes() ? all() : List.of();
    }

    private boolean writes() {
        return sequence.request().maxNewTokens() > 0;
    }

    private List<Sequence> all() {
        List<Sequence> all = new ArrayList<>(followers);
        all.addFirst(sequence);
        return all;
    }
}
