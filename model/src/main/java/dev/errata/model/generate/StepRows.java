package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * What one step does: it reads parts of prompts, and gives a token to each sequence that is read.
 *
 * @param parts in order, each of another sequence
 * @param rows sequences that go on from their last token
 */
record StepRows(List<PromptPart> parts, List<Sequence> rows) {
    /** Those that get a token, in the order in which they do: behind parts that end their prompts, then the rows. */
    List<Sequence> writers() {
        List<Sequence> writers = new ArrayList<>();
        parts.forEach(part -> writers.addAll(part.writers()));
        writers.addAll(rows);
        return writers;
    }

    boolean isEmpty() {
        return parts.isEmpty() && rows.isEmpty();
    }

    int promptTokens() {
        return parts.stream().mapToInt(PromptPart::count).sum();
    }
}
