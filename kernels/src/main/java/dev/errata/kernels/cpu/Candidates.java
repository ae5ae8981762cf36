package dev.errata.kernels.cpu;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.Philox;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The tokens that may still be chosen for a row, smallest id first: each step goes over those that the steps before it left,
 * where the plain form goes over the vocabulary every time. Scores are f32, probabilities double and summed by rising id, so
 * that the bits are the plain form's. Buffers for one thread.
 */
final class Candidates {
    private float[] scores = new float[0];
    private int[] ids = new int[0];
    private double[] probabilities = new double[0];
    private long[] order = new long[0];
    private float[] selection = new float[0];
    private final BitSet seen = new BitSet();
    private int count;

    /** The token for a row of logits at address {@code x}, or {@link dev.errata.tensor.Op.SampleTokens#NO_TOKEN}. */
    int choose(long x, int vocabulary, SlotRules rules) {
        if (!load(x, vocabulary, rules)) {
            return NO_TOKEN;
        }
        if (rules.isGreedy()) {
            return largest();
        }
        if (rules.temperature() != 1) {
            float temperature = (float) rules.temperature();
            for (int i = 0; i < count; i++) {
                scores[i] /= temperature;
            }
            keepLive();
        }
        if (!Float.isFinite(most())) {
            return NO_TOKEN;
        }
        if (rules.topK() > 0 && rules.topK() < count) {
            float least = largest(rules.topK());
            for (int i = 0; i < count; i++) {
                scores[i] = scores[i] < least ? Float.NEGATIVE_INFINITY : scores[i];
            }
            keepLive();
        }
        if (rules.topP() < 1) {
            keepNucleus(rules.topP());
        }
        if (rules.minP() > 0) {
            softmax();
            double least = 0;
            for (int i = 0; i < count; i++) {
                least = Math.max(least, probabilities[i]);
            }
            double bound = rules.minP() * least;
            for (int i = 0; i < count; i++) {
                scores[i] = probabilities[i] < bound ? Float.NEGATIVE_INFINITY : scores[i];
            }
            keepLive();
        }
        if (rules.typicalP() < 1) {
            keepTypical(rules.typicalP());
        }
        softmax();
        return pick(Philox.uniformDouble(rules.seed(), rules.stream(), rules.index()));
    }

    /** Takes the logits, less what is forbidden, penalized; false if one is NaN. */
    private boolean load(long x, int vocabulary, SlotRules rules) {
        if (scores.length < vocabulary) {
            scores = new float[vocabulary];
            ids = new int[vocabulary];
            probabilities = new double[vocabulary];
            order = new long[vocabulary];
            selection = new float[vocabulary];
        }
        for (int i = 0; i < vocabulary; i++) {
            float logit = Memory.get(x + i * 4L);
            if (Float.isNaN(logit)) {
                return false;
            }
            scores[i] = logit;
            ids[i] = i;
        }
        for (int i = 0; i < rules.forbidden(); i++) {
            scores[rules.forbidden(i, vocabulary)] = Float.NEGATIVE_INFINITY;
        }
        penalize(vocabulary, rules);
        count = vocabulary;
        keepLive();
        return true;
    }

    private void penalize(int vocabulary, SlotRules rules) {
        int length = rules.length();
        if (rules.repetitionPenalty() != 1) {
            float penalty = (float) rules.repetitionPenalty();
            seen.clear();
            for (int i = 0; i < length; i++) {
                int token = rules.token(i, vocabulary);
                if (!seen.get(token)) {
                    seen.set(token);
                    scores[token] = scores[token] > 0 ? scores[token] / penalty : scores[token] * penalty;
                }
            }
        }
        int n = rules.noRepeatNgramSize();
        for (int end = n - 1; n > 0 && end < length; end++) {
            if (rules.endsLike(end, n - 1)) {
                scores[rules.token(end, vocabulary)] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private int largest() {
        int best = -1;
        for (int i = 0; i < count; i++) {
            best = best < 0 || scores[i] > scores[best] ? i : best;
        }
        return best < 0 ? NO_TOKEN : ids[best];
    }

    /** Drops the candidates whose score is −∞. */
    private void keepLive() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (scores[i] != Float.NEGATIVE_INFINITY) {
                ids[kept] = ids[i];
                scores[kept++] = scores[i];
            }
        }
        count = kept;
    }

    /** The k-th largest score, by selection (Hoare 1961) in a copy. */
    private float largest(int k) {
        float[] copy = selection;
        System.arraycopy(scores, 0, copy, 0, count);
        int wanted = count - k;
        int from = 0;
        int to = count - 1;
        while (from < to) {
            float pivot = copy[(from + to) >>> 1];
            int i = from;
            int j = to;
            while (i <= j) {
                while (copy[i] < pivot) {
                    i++;
                }
                while (copy[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    float swapped = copy[i];
                    copy[i++] = copy[j];
                    copy[j--] = swapped;
                }
            }
            if (wanted <= j) {
                to = j;
            } else if (wanted >= i) {
                from = i;
            } else {
                break;
            }
        }
        return copy[wanted];
    }

    private float most() {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, scores[i]);
        }
        return max;
    }

    private void softmax() {
        double max = most();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            probabilities[i] = StrictMath.exp(scores[i] - max);
            sum += probabilities[i];
        }
        for (int i = 0; i < count; i++) {
            probabilities[i] /= sum;
        }
    }

    /** Drops from the least likely on what stays together at or below 1 − p; one is always kept. */
    private void keepNucleus(double p) {
        softmax();
        for (int i = 0; i < count; i++) {
            order[i] = key(probabilities[i], i);
        }
        Arrays.sort(order, 0, count);
        double sum = 0;
        for (int rank = 0; rank < count - 1; rank++) {
            int at = (int) order[rank];
            sum += probabilities[at];
            if (sum > 1 - p) {
                break;
            }
            scores[at] = Float.NEGATIVE_INFINITY;
        }
        keepLive();
    }

    /** Keeps the tokens nearest to the entropy until they have the mass, and all that are as near as the last of them. */
    private void keepTypical(double mass) {
        softmax();
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            entropy -= probabilities[i] > 0 ? probabilities[i] * StrictMath.log(probabilities[i]) : 0;
        }
        for (int i = 0; i < count; i++) {
            order[i] = key(Math.abs(-StrictMath.log(probabilities[i]) - entropy), i);
        }
        Arrays.sort(order, 0, count);
        double sum = 0;
        int last = -1;
        while (last < 0 || (sum < mass && last < count - 1)) {
            if (++last == count) {
                return;
            }
            sum += probabilities[(int) order[last]];
        }
        for (int rank = last + 1; rank < count; rank++) {
            if (order[rank] >>> 32 > order[last] >>> 32) {
                scores[(int) order[rank]] = Float.NEGATIVE_INFINITY;
            }
        }
        keepLive();
    }

    /** Sorts by a non-negative number rounded to f32, then by index. */
    private static long key(double number, int index) {
        return (long) Float.floatToIntBits((float) number) << 32 | index;
    }

    private int pick(double u) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < count; i++) {
            if (probabilities[i] > 0) {
                sum += probabilities[i];
                last = ids[i];
                if (u < sum) {
                    return last;
                }
            }
        }
        return last;
    }
}
