package dev.errata.kernels.cpu;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
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
    private final BitSet seen = new BitSet();
    private int count;

    /** The token for a row of logits at address {@code x}, or {@link dev.errata.tensor.Op.SampleTokens#NO_TOKEN}. */
    int choose(long x, int vocabulary, SampleRequest request) {
        if (!load(x, vocabulary, request)) {
            return NO_TOKEN;
        }
        SamplerSettings settings = request.settings();
        if (settings.isGreedy()) {
            return largest();
        }
        if (settings.temperature() != 1) {
            float temperature = (float) settings.temperature();
            for (int i = 0; i < count; i++) {
                scores[i] /= temperature;
            }
            keep(i -> scores[i] != Float.NEGATIVE_INFINITY);
        }
        if (!Float.isFinite(most())) {
            return NO_TOKEN;
        }
        if (settings.topK() > 0 && settings.topK() < count) {
            float least = largest(settings.topK());
            keep(i -> !(scores[i] < least));
        }
        if (settings.topP() < 1) {
            keepNucleus(settings.topP());
        }
        if (settings.minP() > 0) {
            softmax();
            double least = 0;
            for (int i = 0; i < count; i++) {
                least = Math.max(least, probabilities[i]);
            }
            double bound = settings.minP() * least;
            keep(i -> !(probabilities[i] < bound));
        }
        if (settings.typicalP() < 1) {
            keepTypical(settings.typicalP());
        }
        softmax();
        return pick(Philox.uniformDouble(request.seed(), request.stream(), request.index()));
    }

    /** Takes the logits, less what is forbidden, penalized; false if one is NaN. */
    private boolean load(long x, int vocabulary, SampleRequest request) {
        if (scores.length < vocabulary) {
            scores = new float[vocabulary];
            ids = new int[vocabulary];
            probabilities = new double[vocabulary];
            order = new long[vocabulary];
        }
        for (int i = 0; i < vocabulary; i++) {
            float logit = Memory.get(x + i * 4L);
            if (Float.isNaN(logit)) {
                return false;
            }
            scores[i] = logit;
            ids[i] = i;
        }
        for (int token : request.forbidden()) {
            scores[token] = Float.NEGATIVE_INFINITY;
        }
        penalize(request.settings(), request.history());
        count = vocabulary;
        keep(i -> scores[i] != Float.NEGATIVE_INFINITY);
        return true;
    }

    private void penalize(SamplerSettings settings, int[] history) {
        if (settings.repetitionPenalty() != 1) {
            float penalty = (float) settings.repetitionPenalty();
            seen.clear();
            for (int token : history) {
                if (!seen.get(token)) {
                    seen.set(token);
                    scores[token] = scores[token] > 0 ? scores[token] / penalty : scores[token] * penalty;
                }
            }
        }
        int n = settings.noRepeatNgramSize();
        for (int end = n - 1; n > 0 && end < history.length; end++) {
            if (endsLike(history, end, n - 1)) {
                scores[history[end]] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Whether the {@code length} tokens before {@code end} are the last ones of the history too. */
    private static boolean endsLike(int[] history, int end, int length) {
        for (int back = 1; back <= length; back++) {
            if (history[end - back] != history[history.length - back]) {
                return false;
            }
        }
        return true;
    }

    private int largest() {
        int best = -1;
        for (int i = 0; i < count; i++) {
            best = best < 0 || scores[i] > scores[best] ? i : best;
        }
        return best < 0 ? NO_TOKEN : ids[best];
    }

    @FunctionalInterface
    private interface Test {
        boolean keeps(int index);
    }

    private void keep(Test test) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (test.keeps(i)) {
                ids[kept] = ids[i];
                scores[kept++] = scores[i];
            }
        }
        count = kept;
    }

    /** The k-th largest score, by selection (Hoare 1961) in a copy. */
    private float largest(int k) {
        float[] copy = Arrays.copyOf(scores, count);
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
        keep(i -> scores[i] != Float.NEGATIVE_INFINITY);
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
        keep(i -> scores[i] != Float.NEGATIVE_INFINITY);
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
