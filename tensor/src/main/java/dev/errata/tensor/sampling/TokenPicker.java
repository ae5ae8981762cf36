package dev.errata.tensor.sampling;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs {@link Op.SampleTokens} on host memory; both host backends use it. */
public final class TokenPicker {
    private TokenPicker() {}

    public static void pick(Op.SampleTokens op) {
        int vocabulary = op.logits().columns();
        MemorySegment logits = HostMemory.of(op.logits());
        MemorySegment out = HostMemory.of(op.out());
        TokenDistribution distribution = new TokenDistribution(vocabulary);
        for (int row = 0; row < op.rows().size(); row++) {
            SampleRequest request = op.rows().get(row);
            long at = (long) row * vocabulary * 4;
            int token;
            if (request.settings().isGreedy() && !request.settings().needsHistory()) {
                token = largest(logits, at, vocabulary);
            } else {
                double[] scores = distribution.scores();
                for (int i = 0; i < vocabulary; i++) {
                    scores[i] = logits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + i * 4L);
                }
                token = choose(distribution, request);
            }
            out.set(ValueLayout.JAVA_INT_UNALIGNED, row * 4L, token);
        }
    }

    private static int choose(TokenDistribution distribution, SampleRequest request) {
        if (request.settings().isGreedy()) {
            return distribution.largest(request.settings(), request.history());
        }
        distribution.compute(request.settings(), request.history());
        return distribution.pick(Philox.uniformDouble(request.seed(), request.stream(), request.index()));
    }

    /** The first index of the largest logit. */
    private static int largest(MemorySegment logits, long at, int vocabulary) {
        int best = 0;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            float logit = logits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + i * 4L);
            if (logit > most) {
                most = logit;
                best = i;
            }
        }
        return best;
    }
}
