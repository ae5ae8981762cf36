package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Tokens of a prompt that are read together.
 *
 * @param from position of the first
 */
record PromptPart(Sequence sequence, int from, int count) {
    /** Where the next part begins. */
    int end() {
        return from + count;
    }

    boolean endsPrompt() {
        return end() == sequence.promptLength();
    }

    /** Those that get a token after this part: its sequence and those with the same prompt, if it ends there. */
    List<Sequence> writers() {
        if (!endsPrompt()) {
            return List.of();
        }
        List<Sequence> writers = new ArrayList<>(sequence.followers());
        writers.addFirst(sequence);
        return writers;
    }

    /**
     * All prompts one after another, cut wherever so many tokens are full.
     *
     * @param most tokens of a chunk, at least 1
     */
    static List<List<PromptPart>> chunks(List<Sequence> sequences, int most) {
        List<List<PromptPart>> chunks = new ArrayList<>();
        List<PromptPart> chunk = new ArrayList<>();
        int room = most;
        for (Sequence sequence : sequences) {
            for (int from = sequence.firstUnread(); from < sequence.promptLength(); ) {
                PromptPart part = new PromptPart(sequence, from, Math.min(room, sequence.promptLength() - from));
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
