package dev.errata.kernels.cpu;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.ExactSum;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The tokens that may be chosen for a row: scores in f32, then exponentials in double, 0 for what was dropped. Every step is a
 * loop over whole vectors, with the bits of the plain form; nothing is sorted but a few tokens about the edge of a nucleus. A
 * row of 49,152 at temperature 0.7 and top-p 0.95 takes 0.1 ms of a Zen 5 core, where going through it element by element and
 * sorting took 1 ms. Used by one thread.
 */
final class Candidates {
    /** Keys that may lie between the bounds of a search when it ends: neighbours within 2⁻¹¹ of each other. */
    private static final int WINDOW = 1 << 12;

    /** What f32 sums of a vocabulary may be wrong by: they only guide a search. */
    private static final double DOUBT = 1e-4;

    /** Tokens between two looks at the running sum; a multiple of the lanes. */
    private static final int RUN = 1024;

    private final Scratch scratch;
    private final BitSet seen = new BitSet();
    private long[] order = new long[0];
    private int vocabulary;
    /** Tokens in whole vectors. */
    private int width;

    private long scores;
    private long exponentials;
    /** Makes exponentials probabilities. */
    private double factor;

    Candidates(Scratch scratch) {
        this.scratch = scratch;
    }

    /** The token for a row of logits at address {@code x}, or {@link dev.errata.tensor.Op.SampleTokens#NO_TOKEN}. */
    int choose(long x, int count, SlotRules rules) {
        vocabulary = count;
        width = Lanes.ceil(count);
        exponentials = scratch.floats(3L * width);
        scores = exponentials + width * 8L;
        float most = score(x, rules);
        if (rules.isGreedy()) {
            return most > Float.NEGATIVE_INFINITY ? first(most) : NO_TOKEN;
        }
        if (!Float.isFinite(most)) {
            return NO_TOKEN;
        }
        if (rules.topK() > 0 && rules.topK() < count) {
            VocabularyMath.keepFrom(scores, width, largest(rules.topK()));
        }
        StrictExp.apply(scores, most, width, exponentials);
        normalize();
        if (rules.topP() < 1) {
            keepNucleus(1 - rules.topP());
            normalize();
        }
        if (rules.minP() > 0) {
            // The exponential of the most likely token is 1.
            VocabularyMath.dropBelow(exponentials, factor, width, rules.minP() * factor);
            normalize();
        }
        if (rules.typicalP() < 1) {
            keepTypical(rules.typicalP());
            normalize();
        }
        return pick(Philox.uniformDouble(rules.seed(), rules.stream(), rules.index()));
    }

    /** Scores of logits that are penalized, without what is forbidden, and divided; returns the largest, NaN if a logit is. */
    private float score(long x, SlotRules rules) {
        float temperature = rules.isGreedy() ? 1 : (float) rules.temperature();
        boolean penalized = rules.needsHistory();
        float most = VocabularyMath.divide(x, vocabulary, penalized ? 1 : temperature, scores);
        if (Float.isNaN(most)) {
            return most;
        }
        for (int i = 0; i < rules.forbidden(); i++) {
            Memory.set(scores + rules.forbidden(i, vocabulary) * 4L, Float.NEGATIVE_INFINITY);
        }
        if (penalized) {
            penalize(rules);
            return VocabularyMath.divide(scores, vocabulary, temperature, scores);
        }
        return rules.forbidden() == 0 ? most : VocabularyMath.max(scores, 0, width);
    }

    private void penalize(SlotRules rules) {
        int length = rules.length();
        if (rules.repetitionPenalty() != 1) {
            float penalty = (float) rules.repetitionPenalty();
            seen.clear();
            for (int i = 0; i < length; i++) {
                int token = rules.token(i, vocabulary);
                if (!seen.get(token)) {
                    seen.set(token);
                    float score = Memory.get(scores + token * 4L);
                    Memory.set(scores + token * 4L, score > 0 ? score / penalty : score * penalty);
                }
            }
        }
        int n = rules.noRepeatNgramSize();
        for (int end = n - 1; n > 0 && end < length; end++) {
            if (rules.endsLike(end, n - 1)) {
                Memory.set(scores + rules.token(end, vocabulary) * 4L, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** The first token that has this score. */
    private int first(float score) {
        int token = 0;
        while (Memory.get(scores + token * 4L) != score) {
            token++;
        }
        return token;
    }

    /** The k-th largest score: the largest number that k of them reach, found bit by bit. */
    private float largest(int k) {
        int low = ordered(Float.NEGATIVE_INFINITY);
        int high = ordered(Float.POSITIVE_INFINITY);
        while (high - (long) low > 1) {
            int middle = (int) ((low + (long) high) >> 1);
            if (VocabularyMath.countFrom(scores, width, ordered(middle)) >= k) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return ordered(low);
    }

    /** Integers in the order of floats. */
    private static int ordered(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }

    private static float ordered(int bits) {
        return Float.intBitsToFloat(bits ^ (bits >> 31 & Integer.MAX_VALUE));
    }

    private void normalize() {
        factor = 1 / VocabularyMath.sum(exponentials, width);
    }

    private double probability(int token) {
        return Memory.getDouble(exponentials + token * 8L) * factor;
    }

    private void drop(int token) {
        Memory.setDouble(exponentials + token * 8L, 0);
    }

    /**
     * Drops from the least likely on what stays together at or below a mass; one is always kept. The order is that of
     * probabilities as f32, then of tokens, and its edge is searched with f32 sums by halving the numbers between which it
     * lies. What is between the last two is ordered.
     */
    private void keepNucleus(double mass) {
        long keys = scores;
        VocabularyMath.keys(exponentials, factor, width, keys);
        int end = Float.floatToRawIntBits((float) factor) + 1;
        int low = Math.min(Float.floatToRawIntBits((float) (mass / 2 / vocabulary)), end - 1);
        int high = end;
        while (high - low > WINDOW) {
            int middle = (low + high) >>> 1;
            double below = VocabularyMath.sumBelow(keys, width, Float.intBitsToFloat(middle));
            if (below * (1 + DOUBT) < mass) {
                low = middle;
            } else if (below * (1 - DOUBT) > mass) {
                high = middle;
            } else {
                break;
            }
        }
        if (!dropWithin(low, high, high == end, mass)) {
            dropWithin(0, end, true, mass);
        }
    }

    /**
     * Drops what {@link #keepNucleus} says if the edge lies between two keys.
     *
     * @param isTop whether the most likely token lies there
     * @return false, with nothing dropped, if it doesn't
     */
    private boolean dropWithin(int lowKey, int highKey, boolean isTop, double mass) {
        float low = Float.intBitsToFloat(lowKey);
        double least = least(low);
        double sum = VocabularyMath.massBelow(exponentials, factor, width, least);
        if (sum > mass) {
            return false;
        }
        int count = orderWithin(low, Float.intBitsToFloat(highKey));
        int most = isTop ? count - 1 : count;
        int kept = 0;
        for (; kept < most; kept++) {
            sum += ExactSum.mass(probability((int) order[kept]));
            if (sum > mass) {
                break;
            }
        }
        if (kept == most && !isTop) {
            return false;
        }
        VocabularyMath.dropBelow(exponentials, factor, width, least);
        for (int rank = 0; rank < kept; rank++) {
            drop((int) order[rank]);
        }
        return true;
    }

    /** The least double that is rounded to this float. */
    private static double least(float x) {
        if (x == 0) {
            return 0;
        }
        double half = ((double) Math.nextDown(x) + x) / 2;
        return (float) half == x ? half : Math.nextUp(half);
    }

    /** Orders the tokens with keys from one to below another; returns how many there are. */
    private int orderWithin(float low, float high) {
        int count = 0;
        for (int i = 0; i < width; i += Lanes.COUNT) {
            long lanes = VocabularyMath.within(scores, i, low, high);
            while (lanes != 0 && i + Long.numberOfTrailingZeros(lanes) < vocabulary) {
                int token = i + Long.numberOfTrailingZeros(lanes);
                put(count++, Memory.get(scores + token * 4L), token);
                lanes &= lanes - 1;
            }
        }
        Arrays.sort(order, 0, count);
        return count;
    }

    /** A number to sort by, not negative, then the token. */
    private void put(int at, float key, int token) {
        if (at == order.length) {
            order = Arrays.copyOf(order, Math.max(1024, 2 * at));
        }
        order[at] = (long) Float.floatToRawIntBits(key) << 32 | token;
    }

    /** Keeps the tokens nearest to the entropy until they have the mass, and all that are as near as the last of them. */
    private void keepTypical(double mass) {
        double entropy = 0;
        for (int token = 0; token < vocabulary; token++) {
            double p = probability(token);
            entropy -= p > 0 ? p * StrictMath.log(p) : 0;
        }
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            double p = probability(token);
            if (p > 0) {
                put(count++, (float) Math.abs(-StrictMath.log(p) - entropy), token);
            }
        }
        Arrays.sort(order, 0, count);
        double sum = ExactSum.mass(probability((int) order[0]));
        int last = 0;
        while (sum < mass && last < count - 1) {
            sum += ExactSum.mass(probability((int) order[++last]));
        }
        for (int rank = last + 1; rank < count; rank++) {
            if (order[rank] >>> 32 > order[last] >>> 32) {
                drop((int) order[rank]);
            }
        }
    }

    /** The token at which the running sum of probabilities passes u. */
    private int pick(double u) {
        double before = 0;
        int last = 0;
        for (int from = 0; from < width; from += RUN) {
            int to = Math.min(width, from + RUN);
            double mass = VocabularyMath.mass(exponentials, factor, from, to);
            if (u < before + mass) {
                return pick(u, before, from);
            }
            last = mass > 0 ? from : last;
            before += mass;
        }
        return pick(u, before - VocabularyMath.mass(exponentials, factor, last, Math.min(width, last + RUN)), last);
    }

    /** The same among the tokens of a run; the last that has a mass if the sum stays at u. */
    private int pick(double u, double before, int from) {
        double sum = before;
        int last = from;
        for (int token = from; token < Math.min(vocabulary, from + RUN); token++) {
            double mass = ExactSum.mass(probability(token));
            if (mass > 0) {
                sum += mass;
                last = token;
                if (u < sum) {
                    break;
                }
            }
        }
        return last;
    }
}
