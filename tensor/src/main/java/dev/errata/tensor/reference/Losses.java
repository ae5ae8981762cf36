package dev.errata.tensor.reference;

import dev.errata.tensor.Op;

/** Cross-entropy over the vocabulary and its gradient. */
final class Losses {
    private Losses() {}

    static void crossEntropy(Op.CrossEntropy op) {
        Floats logits = new Floats(op.logits());
        Floats losses = new Floats(op.losses());
        Floats dLogits = op.dLogits() == null ? null : new Floats(op.dLogits());
        int vocabulary = op.logits().columns();
        for (long n = 0; n < op.logits().rows(); n++) {
            long at = n * vocabulary;
            int label = Floats.id(op.labels(), n);
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < vocabulary; i++) {
                max = Math.max(max, logits.get(at + i));
            }
            double sum = 0;
            for (int i = 0; i < vocabulary; i++) {
                sum += StrictMath.exp(logits.get(at + i) - max);
            }
            losses.set(n, (float) (max + StrictMath.log(sum) - logits.get(at + label)));
            for (int i = 0; dLogits != null && i < vocabulary; i++) {
                double p = StrictMath.exp(logits.get(at + i) - max) / sum;
                dLogits.set(at + i, (float) (p - (i == label ? 1 : 0)) * op.scale());
            }
        }
    }
}
