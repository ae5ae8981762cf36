package dev.errata.tensor.sampling;

import dev.errata.tensor.Op;
import java.util.Arrays;

/**
 * The probabilities of the next token after transformers' processors, in generate()'s order: repetition penalty,
 * n-grams, temperature, top-k, top-p, min-p, typical-p. Holds buffers for one vocabulary; used by one thread.
 *
 * <p>Scores are f32 throughout, as transformers' are: at a low temperature their rounding shows in the probabilities.
 * Probabilities are computed in double with {@link StrictMath} and added up by {@link ExactSum}, so they have the same bits
 * everywhere and in every order.
 */
public final class TokenDistribution {
    /** A score so far below the largest has probability 0: its exponential would be subnormal, or nearly. */
    public static final double NEGLIGIBLE = -708;

    private static final double NEGATIVE_INFINITY = Double.NEGATIVE_INFINITY;

    private final double[] scores;
    private final double[] probabilities;
    private long[] order = new long[0];

    public TokenDistribution(int vocabulary) {
        this.scores = new double[vocabulary];
        this.probabilities = new double[vocabulary];
    }

    /** The logits to work on; set them before {@link #compute}. */
    public double[] scores() {
        return scores;
    }

    /** Probabilities [V] after {@link #compute}; 0 for what was dropped. */
    public double[] probabilities() {
        return probabilities;
    }

    /**
     * The first index of the largest score after penalties, for greedy settings; {@link Op.SampleTokens#NO_TOKEN} where all
     * are −∞.
     */
    public int largest(SamplerSettings settings, int[] history) {
        penalize(settings, history);
        int best = Op.SampleTokens.NO_TOKEN;
        double most = NEGATIVE_INFINITY;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] > most) {
                most = scores[i];
                best = i;
            }
        }
        return best;
    }

    /**
     * Turns the scores into probabilities; returns how many tokens are left. Those whose probability is 0 in f32, as
     * transformers computes, don't count. Without a finite largest score there are no probabilities: all are 0.
     */
    public int compute(SamplerSettings settings, int[] history) {
        penalize(settings, history);
        if (settings.temperature() != 1) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = (float) scores[i] / (float) settings.temperature();
            }
        }
        if (!Double.isFinite(largest())) {
            Arrays.fill(probabilities, 0);
            return 0;
        }
        if (settings.topK() > 0 && settings.topK() < scores.length) {
            keepLargest(settings.topK());
        }
        if (settings.topP() < 1) {
            softmax();
            keepNucleus(settings.topP());
        }
        if (settings.minP() > 0) {
            softmax();
            keepAbove(settings.minP());
        }
        if (settings.typicalP() < 1) {
            softmax();
            keepTypical(settings.typicalP());
        }
        softmax();
        int kept = 0;
        for (double probability : probabilities) {
            if ((float) probability > 0) {
                kept++;
            }
        }
        return kept;
    }

    /** The token at which the running sum of probabilities passes u, 0 ≤ u &lt; 1. */
    public int pick(double u) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < probabilities.length; i++) {
            double mass = ExactSum.mass(probabilities[i]);
            if (mass > 0) {
                sum += mass;
                last = i;
                if (u < sum) {
                    return i;
                }
            }
        }
        return last;
    }

    private void penalize(SamplerSettings settings, int[] history) {
        if (settings.repetitionPenalty() != 1) {
            int[] distinct = Arrays.stream(history).distinct().toArray();
            for (int token : distinct) {
                float score = (float) scores[token];
                float penalty = (float) settings.repetitionPenalty();
                scores[token] = score > 0 ? score / penalty : score * penalty;
            }
        }
        int n = settings.noRepeatNgramSize();
        if (n > 0 && history.length + 1 >= n) {
            int tail = history.length - (n - 1);
            for (int start = 0; start + n <= history.length; start++) {
                if (Arrays.equals(history, start, start + n - 1, history, tail, history.length)) {
                    scores[history[start + n - 1]] = NEGATIVE_INFINITY;
                }
            }
        }
    }

    private double largest() {
        double max = NEGATIVE_INFINITY;
        for (double score : scores) {
            max = Math.max(max, score);
        }
        return max;
    }

    private void softmax() {
        double max = largest();
        ExactSum sum = new ExactSum();
        for (int i = 0; i < scores.length; i++) {
            double below = scores[i] - max;
            probabilities[i] = below < NEGLIGIBLE ? 0 : StrictMath.exp(below);
            sum.add(probabilities[i]);
        }
        double factor = 1 / sum.value();
        for (int i = 0; i < scores.length; i++) {
            probabilities[i] *= factor;
        }
    }

    private void keepLargest(int k) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double kth = sorted[sorted.length - k];
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < kth) {
                scores[i] = NEGATIVE_INFINITY;
            }
        }
    }

    /** Drops, from the least likely on, all tokens whose sum of probabilities stays at or below 1 − p; one is always kept. */
    private void keepNucleus(double p) {
        int live = sortByKey(i -> probabilities[i]);
        double sum = 0;
        for (int rank = 0; rank < live - 1; rank++) {
            int token = token(rank);
            sum += ExactSum.mass(probabilities[token]);
            if (sum > 1 - p) {
                return;
            }
            scores[token] = NEGATIVE_INFINITY;
        }
    }

    private void keepAbove(double minP) {
        double largest = 0;
        for (double probability : probabilities) {
            largest = Math.max(largest, probability);
        }
        for (int i = 0; i < scores.length; i++) {
            if (probabilities[i] < minP * largest) {
                scores[i] = NEGATIVE_INFINITY;
            }
        }
    }

    /** Keeps the tokens nearest to the entropy until they have the mass, and all that are as near as the last of them. */
    private void keepTypical(double mass) {
        double sumEntropy = 0;
        for (double p : probabilities) {
            sumEntropy -= p > 0 ? p * StrictMath.log(p) : 0;
        }
        double entropy = sumEntropy;
        int live = sortByKey(i -> Math.abs(-StrictMath.log(probabilities[i]) - entropy));
        double sum = ExactSum.mass(probabilities[token(0)]);
        int last = 0;
        while (sum < mass && last < live - 1) {
            sum += ExactSum.mass(probabilities[token(++last)]);
        }
        for (int rank = last + 1; rank < live; rank++) {
            if (order[rank] >>> 32 > order[last] >>> 32) {
                scores[token(rank)] = NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * Ranks the live tokens by a non-negative key, the smallest first; equal keys by token. Returns how many live. The
     * key is rounded to f32, as transformers' own are, so that a key and a token fit into one long.
     */
    private int sortByKey(java.util.function.IntToDoubleFunction key) {
        if (order.length < scores.length) {
            order = new long[scores.length];
        }
        int live = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] != NEGATIVE_INFINITY) {
                order[live++] = (long) Float.floatToIntBits((float) key.applyAsDouble(i)) << 32 | i;
            }
        }
        Arrays.sort(order, 0, live);
        return live;
    }

    private int token(int rank) {
        return (int) order[rank];
    }
}
