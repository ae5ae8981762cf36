package dev.errata.tensor;

import dev.errata.tensor.sampling.SampleRequest;
import java.util.List;

/**
 * The operators: one record each, with the tensors it reads and writes. A backend runs them in one exhaustive switch.
 *
 * <p>Dimensions: N packed tokens, C hidden, H query heads, K key/value heads, D per head, V vocabulary. F32 unless
 * another type is named. {@code accumulate} adds to the output instead of overwriting it. With {@code bf16} each step of
 * an operator is rounded to the nearest bf16 as torch does on bf16 tensors; the values stay F32.
 */
public sealed interface Op {
    /** x = value. */
    record Fill(Tensor x, float value) implements Op {}

    /** out = a + b, element by element; out may be a or b. */
    record Add(Tensor a, Tensor b, Tensor out) implements Op {}

    /** x = factor · x. */
    record Scale(Tensor x, float factor) implements Op {}

    /** out = x rounded to the nearest bf16, as an F32 value; ties to even, NaN and infinities kept. out may be x. */
    record Round(Tensor x, Tensor out) implements Op {}

    /** out[n] = table[ids[n]]; ids I32 [N], table [V, C], out [N, C]. */
    record Embedding(Tensor table, Tensor ids, Tensor out) implements Op {}

    /** dTable[ids[n]] += dOut[n]. */
    record EmbeddingBackward(Tensor ids, Tensor dOut, Tensor dTable) implements Op {}

    /**
     * out = x · rstd · weight for each run of C elements, rstd = 1/√(mean(x²) + eps); weight [C], rstd [elements / C].
     * A row of x is one run, or several as with a norm for each head. With {@code bf16} x · rstd is rounded, then its
     * product with the weight.
     */
    record RmsNorm(Tensor x, Tensor weight, float eps, boolean bf16, Tensor out, Tensor rstd) implements Op {
        public RmsNorm(Tensor x, Tensor weight, float eps, Tensor out, Tensor rstd) {
            this(x, weight, eps, false, out, rstd);
        }
    }

    /** dX = (or +=) gradient; dWeight += gradient, or null where the weight is frozen. */
    record RmsNormBackward(
            Tensor x, Tensor weight, Tensor rstd, Tensor dOut, Tensor dX, boolean accumulate, Tensor dWeight)
            implements Op {}

    /**
     * c = (or +=) alpha · op(a) · op(b), where op transposes if told to: op(a) [M, K], op(b) [K, N], c [M, N]. Each
     * element is a sum over k in a fixed order, whatever the number of threads.
     */
    record MatMul(Tensor a, Tensor b, Tensor c, boolean transposeA, boolean transposeB, float alpha, boolean accumulate)
            implements Op {}

    /**
     * With a weight W [out, in] that stays quantized: c = (or +=) a · Wᵀ for {@code transposeWeight} (a [N, in], the
     * forward), else a · W (a [N, out], the input's gradient).
     */
    record MatMulBlockwise4Bit(Tensor a, Weight.FourBit weight, Tensor c, boolean transposeWeight, boolean accumulate)
            implements Op {}

    /** out [out, in] = the weight, each element widened as {@link Weight.FourBit} says. */
    record DequantizeBlockwise4Bit(Weight.FourBit weight, Tensor out) implements Op {}

    /**
     * out[o] = ‖W[o] + scale · B[o] · A‖₂, the length of each row of a weight [out, in] with a low-rank addition; a [r, in],
     * b [out, r], out [out]. The sum of both is never held whole. DoRA (Liu et al. 2024) takes it as a constant, so no
     * gradient flows through it.
     */
    record LoraRowNorm(Weight weight, Tensor a, Tensor b, float scale, Tensor out) implements Op {}

    /**
     * out[n, c] = x[n, c] · (magnitude[c] / norm[c]), or with {@code lessOne} · (magnitude[c] / norm[c] − 1); x, out
     * [N, C], magnitude, norm [C]. The norm is a constant.
     */
    record ScaleColumns(Tensor x, Tensor magnitude, Tensor norm, boolean lessOne, Tensor out) implements Op {}

    /**
     * dX = (or +=) gradient; dMagnitude[c] += sum over n of dOut[n, c] · x[n, c] / norm[c]; either null where nobody asks
     * for it.
     */
    record ScaleColumnsBackward(ScaleColumns forward, Tensor dOut, Tensor dX, boolean accumulate, Tensor dMagnitude)
            implements Op {}

    /** x[n] += bias; x [N, C], bias [C]. */
    record AddBias(Tensor x, Tensor bias) implements Op {}

    /** dBias += sum over n of dOut[n]. */
    record AddBiasBackward(Tensor dOut, Tensor dBias) implements Op {}

    /**
     * Rotary embedding in place, half-split layout: x [N, heads·D], cos and sin [positions, D/2], positions I32 [N].
     * {@code inverse} rotates back, which is its gradient. With {@code bf16} both products are rounded, then their sum.
     */
    record Rope(Tensor x, Tensor cos, Tensor sin, Tensor positions, int headDim, boolean inverse, boolean bf16)
            implements Op {
        public Rope(Tensor x, Tensor cos, Tensor sin, Tensor positions, int headDim, boolean inverse) {
            this(x, cos, sin, positions, headDim, inverse, false);
        }
    }

    /**
     * Causal softmax attention: q, out [N, H·D], k, v [M, K·D], lse [N, H] (log of the softmax's denominator, with its
     * maximum).
     *
     * @param window keys that a query sees counting its own; 0 for all
     * @param bf16 rounds q · k, then its product with the scale, then the probabilities; not the output
     */
    record Attention(
            Tensor q,
            Tensor k,
            Tensor v,
            Segments segments,
            int headDim,
            float scale,
            int window,
            boolean bf16,
            Tensor out,
            Tensor lse)
            implements Op {
        public Attention(
                Tensor q,
                Tensor k,
                Tensor v,
                Segments segments,
                int headDim,
                float scale,
                int window,
                Tensor out,
                Tensor lse) {
            this(q, k, v, segments, headDim, scale, window, false, out, lse);
        }
    }

    /** dQ = gradient, dK = gradient, dV = gradient, of {@link Attention} where keys and queries are the same tokens. */
    record AttentionBackward(Attention forward, Tensor dOut, Tensor dQ, Tensor dK, Tensor dV) implements Op {}

    /** out = silu(gate) · up. With {@code bf16} silu is rounded, then the product. */
    record SwiGlu(Tensor gate, Tensor up, boolean bf16, Tensor out) implements Op {
        public SwiGlu(Tensor gate, Tensor up, Tensor out) {
            this(gate, up, false, out);
        }
    }

    /** dGate = gradient, dUp = gradient. */
    record SwiGluBackward(Tensor gate, Tensor up, Tensor dOut, Tensor dGate, Tensor dUp) implements Op {}

    /** out[m] = x[rows[m]]; rows I32 [M], x [N, C], out [M, C]. */
    record GatherRows(Tensor x, Tensor rows, Tensor out) implements Op {}

    /** out[rows[m]] = (or +=) x[m]; rows I32 [M] without repeats. */
    record ScatterRows(Tensor x, Tensor rows, Tensor out, boolean accumulate) implements Op {}

    /**
     * losses[n] = −log softmax(logits[n])[labels[n]]; labels I32 [N]. {@code dLogits}, if not null, becomes
     * (softmax − onehot) · scale and may be the logits themselves.
     */
    record CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor dLogits, float scale) implements Op {}

    /** out = x · mask / (1 − p); the mask of element i is drawn from Philox (seed, stream) at counter i. Also its own gradient. */
    record Dropout(Tensor x, Tensor out, float p, long seed, long stream) implements Op {}

    /** out F64 [1] = (or +=) sum of squares of x, in an order that is fixed by the size. */
    record SumSquares(Tensor x, Tensor out, boolean accumulate) implements Op {}

    /**
     * One AdamW step as torch and bitsandbytes' CPU code do it: p ← p·(1 − lr·wd), then
     * p ← p − lr/(1 − β1ᵗ) · m / (√v/√(1 − β2ᵗ) + eps), with gradients multiplied by gradScale first.
     *
     * @param step t, from 1
     */
    record AdamWStep(
            Tensor param,
            Tensor grad,
            Tensor m,
            Tensor v,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weightDecay,
            int step,
            float gradScale)
            implements Op {}

    /**
     * One AdamW step with moments in 8 bits, as bitsandbytes' AdamW8bit on its plain backend: each block of {@link
     * Blockwise8Bit#BLOCK_SIZE} moments is widened, p changes as in {@link AdamWStep} by the fresh f32 moments, and only
     * then they are quantized again, to the nearest value of their map by f32 midpoints, ties to the lower code. A full
     * block is multiplied by 1 / absmax and a short last one divided by it. A gradient that is NaN or infinite makes NaN
     * of its whole block from the next step on.
     *
     * @param step t, from 1
     */
    record AdamW8bitStep(
            Tensor param,
            Tensor grad,
            Blockwise8Bit m,
            Blockwise8Bit v,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weightDecay,
            int step,
            float gradScale)
            implements Op {}

    /**
     * One step of Lion (Chen and others 2023), with gradients multiplied by gradScale first: p ← p·(1 − lr·wd) −
     * lr·sign(β1·m + (1 − β1)·g), then m ← β2·m + (1 − β2)·g. The sign of zero and of NaN is 0.
     */
    record LionStep(
            Tensor param,
            Tensor grad,
            Tensor m,
            double lr,
            double beta1,
            double beta2,
            double weightDecay,
            float gradScale)
            implements Op {}

    /**
     * Picks the next token of each row: logits [B, V], out I32 [B]. A row of which a logit is NaN, forbidden or not, gets
     * {@link #NO_TOKEN}, and so does one whose largest score after penalties and temperature is infinite; greedy settings
     * do choose a logit of +∞.
     *
     * @param rows what each row asks for, B of them
     */
    record SampleTokens(Tensor logits, List<SampleRequest> rows, Tensor out) implements Op {
        /** Stands for a token where there is none to choose. */
        public static final int NO_TOKEN = -1;
    }
}
