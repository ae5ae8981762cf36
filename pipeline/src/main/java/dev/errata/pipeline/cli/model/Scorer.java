package dev.errata.pipeline.cli.model;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.train.data.Example;
import java.lang.foreign.MemorySegment;

/** Runs rows through a decoder, one at a time, a bounded number of logits at once. */
final class Scorer {
    /** Logits that are held at a time. */
    private static final int LOGITS = 1 << 23;

    private final Decoder decoder;
    private final Backend backend;

    /** Told the values of a row's live tokens, as they come: some rows of [T, columns], the first at {@code from}. */
    @FunctionalInterface
    interface Sink {
        void accept(int layer, int from, int columns, float[] values);
    }

    Scorer(Decoder decoder) {
        this.decoder = decoder;
        this.backend = decoder.backend();
    }

    /**
     * @param hiddenStates told every layer's values, or null
     * @param logits told the logits as layer 0, or null
     */
    RowScores score(ScoreRow row, Sink hiddenStates, Sink logits) {
        Example example = row.example();
        int tokens = example.ids().length;
        Double[] logprobs = new Double[row.length()];
        if (tokens == 0) {
            return new RowScores(null, logprobs);
        }
        try (Scope scope = new Scope("row", backend)) {
            TokenBatch batch = TokenBatch.packed(
                    scope.ids("ids", example.ids()),
                    decoder.angles(scope, example.positions(), new int[] {tokens}, new int[] {example.span()}),
                    Segments.packed(scope, tokens));
            Tensor hidden = decoder.forward(new Ops(scope, null), batch, (layer, states) -> {
                if (hiddenStates != null) {
                    hiddenStates.accept(layer, 0, states.columns(), host(states));
                }
            });
            double sum = 0;
            int vocabulary = decoder.config().vocabSize();
            int rows = Math.max(1, LOGITS / vocabulary);
            for (int from = 0; from < tokens; from += rows) {
                int count = Math.min(rows, tokens - from);
                try (Scope chunk = new Scope("logits", backend)) {
                    Tensor values = decoder.logits(chunk, hidden.rowRange(from, count));
                    if (logits != null) {
                        logits.accept(0, from, vocabulary, host(values));
                    }
                    float[] next = losses(chunk, values, example.ids(), from);
                    float[] target = losses(chunk, values, example.labels(), from);
                    for (int i = 0; i < count && from + i + 1 < tokens; i++) {
                        logprobs[row.live()[from + i + 1]] = -(double) next[i];
                        sum += example.labels()[from + i + 1] >= 0 ? target[i] : 0;
                    }
                }
            }
            int targets = example.targets();
            return new RowScores(targets == 0 ? null : sum / targets, logprobs);
        }
    }

    /** −log p of the token after each of these rows; 0 stands in where there is none. */
    private float[] losses(Scope scope, Tensor logits, int[] ids, int from) {
        int[] labels = new int[logits.rows()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = from + i + 1 < ids.length ? Math.max(0, ids[from + i + 1]) : 0;
        }
        Tensor losses = scope.f32("losses", labels.length);
        backend.run(new Op.CrossEntropy(logits, scope.ids("labels", labels), losses, null, 0));
        return host(losses);
    }

    private float[] host(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        try (Scope scope = new Scope("to the host", backend)) {
            Tensor wide = new Ops(scope, null).cast(tensor, DType.F32);
            backend.download(wide, MemorySegment.ofArray(values));
        }
        return values;
    }
}
