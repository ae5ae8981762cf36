package dev.errata.model.checkpoint;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import java.lang.foreign.MemorySegment;

/** The logits of a few rows of tokens that follow from the vocabulary's size alone, to compare two models. */
final class LogitProbe {
    private static final int ROWS = 3;
    private static final int TOKENS = 24;

    private LogitProbe() {}

    /** [72, V], row-major. */
    static float[] of(Decoder decoder) {
        int vocabulary = decoder.config().vocabSize();
        int[] ids = new int[ROWS * TOKENS];
        int[] positions = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Philox.below(1, Philox.stream("merge probe"), i, vocabulary);
            positions[i] = i % TOKENS;
        }
        decoder.requirePositions(TOKENS);
        Backend backend = decoder.backend();
        try (Scope scope = new Scope("probe", backend)) {
            int[] lengths = {TOKENS, TOKENS, TOKENS};
            TokenBatch batch = TokenBatch.packed(
                    scope.ids("ids", ids),
                    decoder.angles(scope, positions, lengths, lengths),
                    Segments.packed(scope, lengths));
            Tensor hidden = decoder.forward(new Ops(scope, null), batch);
            float[] logits = new float[Math.multiplyExact(ids.length, vocabulary)];
            backend.download(decoder.logits(scope, hidden), MemorySegment.ofArray(logits));
            return logits;
        }
    }

    /** The largest difference of two; NaN if either holds one. */
    static double difference(float[] expected, float[] actual) {
        double most = 0;
        for (int i = 0; i < expected.length; i++) {
            most = Math.max(most, Math.abs((double) expected[i] - actual[i]));
        }
        return most;
    }

    /** The largest absolute value; NaN if there is one. */
    static double largest(float[] logits) {
        return difference(logits, new float[logits.length]);
    }
}
