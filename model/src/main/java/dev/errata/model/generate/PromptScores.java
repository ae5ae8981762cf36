package dev.errata.model.generate;

import static java.util.Collections.singletonList;

import dev.errata.model.decoder.AdapterRuns;
import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The log-probabilities of prompts' tokens, taken from the hidden states of a step in which they are read. */
final class PromptScores {
    /** Rows of logits at a time; bounds the memory. */
    private static final int ROWS = 32;

    private final Decoder decoder;

    PromptScores(Decoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Adds those of the tokens behind the ones that a part reads to its request, where it wants them.
     *
     * @param hidden states of the step, [N, C]
     * @param first row of the part
     */
    void add(Tensor hidden, int first, PromptPart part) {
        RunningRequest owner = part.sequence().owner();
        int[] prompt = owner.request().prompt();
        while (owner.isToBeScored() && part.end() > owner.promptScores().size()) {
            int from = owner.promptScores().size();
            int to = Math.min(Math.min(part.end(), prompt.length - 1), from + ROWS);
            if (from < part.from()) {
                throw new IllegalStateException("tokens " + from + " to " + part.from() + " weren't read");
            }
            try (Scope scope = new Scope("scores of a prompt", decoder.backend())) {
                int[] rows = new int[to - from];
                Arrays.setAll(rows, i -> first + from - part.from() + i);
                Tensor states = new Ops(scope, null).gatherRows(hidden, scope.ids("rows", rows));
                AdapterRuns adapters =
                        AdapterRuns.of(singletonList(owner.request().adapter()), List.of(rows.length));
                Tensor logits = decoder.logits(scope, states, adapters);
                int vocabulary = logits.columns();
                float[] values = new float[Math.multiplyExact(rows.length, vocabulary)];
                decoder.backend().download(logits, MemorySegment.ofArray(values));
                for (int i = 0; i < rows.length; i++) {
                    int rivals = owner.request().wanted().rivals();
                    owner.promptScores()
                            .add(LogSoftmax.of(values, i * vocabulary, vocabulary)
                                    .scored(prompt[from + i + 1], rivals));
                }
            }
        }
    }
}
