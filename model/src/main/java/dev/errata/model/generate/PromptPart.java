package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Tokens of a prompt that are read together.
 *
 * @param from position of the first
 */
record PromptPart(PromptReader reader, int from, int count) {
    Sequence sequence() {
        return reader.sequence();
    }

    /** Where the next part begins. */
    int end() {
        return from + count;
    }

    boolean endsPrompt() {
        return end() == sequence().promptLength();
    }

    /**
     * What is to read, one prompt after another, cut wherever so many tokens are full.
     *
     * @param most tokens of a chunk, at least 1
     */
    static List<List<PromptPart>> chunks(List<PromptReader> readers, int most) {
        List<List<PromptPart>> chunks = new ArrayList<>();
        List<PromptPart> chunk = new ArrayList<>();
        int room = most;
        for (PromptReader reader : readers) {
            int length = reader.sequence().promptLength();
            for (int from = reader.from(); from < length; ) {
                PromptPart part = new PromptPart(reader, from, Math.min(room, length - from));
                chunk.add(part);
                from = part.end();
                room -= part.count();
                if (room == 0) {
                    chunks.add(chunk);
                    chunk = new ArrayList<>();
                    room = most;
                }
            }
        }
        if (!chunk.isEmpty()) {
            chunks.add(chunk);
        }
        return chunks;
    }
}
