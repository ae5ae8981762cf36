package dev.errata.model.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Log-probabilities of one row of logits, in f64.
 *
 * @param logits where the row lies from {@code from} on, {@code count} of them
 * @param logSum the logarithm of the sum of their exponentials
 */
record LogSoftmax(float[] logits, int from, int count, double logSum) {
    static LogSoftmax of(float[] logits, int from, int count) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, logits[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += StrictMath.exp(logits[i] - largest);
        }
        return new LogSoftmax(logits, from, count, largest + StrictMath.log(sum));
    }

    private double of(int id) {
        return logits[from + id] - logSum;
    }

    /** A token with so many of the likeliest ones. */
    ScoredToken scored(int id, int rivals) {
        int kept = Math.min(rivals, count);
        int[] best = new int[kept];
        int found = 0;
        for (int token = 0; token < count && kept > 0; token++) {
            if (found < kept || logits[from + token] > logits[from + best[kept - 1]]) {
                int at = found < kept ? found++ : kept - 1;
                while (at > 0 && logits[from + token] > logits[from + best[at - 1]]) {
                    best[at] = best[at - 1];
                    at--;
                }
                best[at] = token;
            }
        }
        List<ScoredToken.Rival> likeliest = new ArrayList<>();
        for (int token : best) {
            likeliest.add(new ScoredToken.Rival(token, of(token)));
        }
        return new ScoredToken(id, of(id), List.copyOf(likeliest));
    }
}
