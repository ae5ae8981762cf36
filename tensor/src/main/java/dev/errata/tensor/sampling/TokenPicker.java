package dev.errata.tensor.sampling;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The reference backend's {@link Op.SampleTokens}: each row through a {@link TokenDistribution} of the whole vocabulary.
 */
public final class TokenPicker {
    private TokenPicker() {}

    public static void pick(Op.SampleTokens op) {
        int vocabulary = op.logits().columns();
        MemorySegment logits = HostMemory.of(op.logits());
        MemorySegment out = HostMemory.of(op.out());
        TokenDistribution distribution = new TokenDistribution(vocabulary);
        double[] scores = distribution.scores();
        for (int row = 0; row < op.rows().size(); row++) {
            SampleRequest request = op.rows().get(row);
            boolean numbers = true;
            for (int i = 0; i < vocabulary; i++) {
                float logit = logits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, ((long) row * vocabulary + i) * Float.BYTES);
                numbers &= !Float.isNaN(logit);
                scores[i] = logit;
            }
            for (int token : request.forbidden()) {
                scores[token] = Double.NEGATIVE_INFINITY;
            }
            out.set(ValueLayout.JAVA_INT_UNALIGNED, row * 4L, numbers ? choose(distribution, request) : NO_TOKEN);
        }
    }

    private static int choose(TokenDistribution distribution, SampleRequest request) {
        if (request.settings().isGreedy()) {
            return distribution.largest(request.settings(), request.history());
        }
        if (distribution.compute(request.settings(), request.history()) == 0) {
            return NO_TOKEN;
        }
        return distribution.pick(Philox.uniformDouble(request.seed(), request.stream(), request.index()));
    }
}
