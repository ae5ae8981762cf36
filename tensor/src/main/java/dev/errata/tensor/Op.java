package dev.errata.tensor;

/**
 * The operators: one record each, with the tensors it reads and writes. A backend runs them in one exhaustive switch.
 *
 * <p>Dimensions: N packed tokens, C hidden, H query heads, K key/value heads, D per head, V vocabulary. F32 unless
 * another type is named. {@code accumulate} adds to the output instead of overwriting it.
 *
 * <p>Activations and their gradients are F32, BF16 or F16, and their types decide: an operator computes in f32 whatever it
 * reads, and rounds once when it stores. Where torch's kernels for bf16 tensors round between two steps too, the operator
 * says so; these roundings are to the type of the first tensor, so that F32 ones are not rounded.
 */
public sealed interface Op {
    /** x = value. */
    record Fill(Tensor x, float value) implements Op {}

    /** out = a + b, element by element; out may be a or b. */
    record Add(Tensor a, Tensor b, Tensor out) implements Op {}

    /** x = factor · x. */
    record Scale(Tensor x, float factor) implements Op {}

    /**
     * out = x in out's type, both of one type or each of F32, BF16 and F16. What a narrower type can't hold becomes its
     * nearest value, ties to even; NaN and infinities are kept. The gradient is converted back, so it is rounded too.
     */
    record Copy(Tensor x, Tensor out) implements Op {}

    /** out[n] = row ids[n] of the table; ids I32 [N], table [V, C], out F32 or BF16 [N, C]. */
    record Embedding(Weight table, Tensor ids, Tensor out) implements Op {}

    /** dTable[ids[n]] += dOut[n]. */
    record EmbeddingBackward(Tensor ids, Tensor dOut, Tensor dTable) implements Op {}

    /**
     * out = x · rstd · (offset + weight) for each run of C elements, rstd = 1/√(mean(x²) + eps); weight [C],
     * rstd F32 [elements / C]. A row of x is one run, or several as with a norm for each head. x · rstd is rounded, then
     * its product with the weight; with an offset, as Gemma's norm has it, that product alone.
     *
     * @param offset 0, or what the weight is stored less of
     */
    record RmsNorm(Tensor x, Tensor weight, float offset, float eps, Tensor out, Tensor rstd) implements Op {
        public RmsNorm(Tensor x, Tensor weight, float eps, Tensor out, Tensor rstd) {
            this(x, weight, 0, eps, out, rstd);
        }
    }

    /** dX = (or +=) gradient; dWeight += gradient, or null where the weight is frozen. */
    record RmsNormBackward(
            Tensor x,
            Tensor weight,
            float offset,
            Tensor rstd,
            Tensor dOut,
            Tensor dX,
            boolean accumulate,
            Tensor dWeight)
            implements Op {}

    /**
     * c = (or +=) alpha · op(a) · op(b), where op transposes if told to: op(a) [M, K], op(b) [K, N], c [M, N]. Each
     * element is a sum over k in a fixed order, whatever the number of threads.
     */
    record MatMul(Tensor a, Tensor b, Tensor c, boolean transposeA, boolean transposeB, float alpha, boolean accumulate)
            implements Op {}

    /**
     * out = (or +=) x · Wᵀ; x [N, in], W [out, in], out [N, out], x and out F32 or BF16. Each element is a sum over k as in
     * {@link MatMul}, so that a row has the same bits alone and among others; it is rounded once where out is BF16.
     */
    record Linear(Tensor x, Weight weight, Tensor out, boolean accumulate) implements Op {}

    /** dX = (or +=) dOut · W, the gradient of {@link Linear} by its input; dOut [N, out], dX [N, in], F32 or BF16. */
    record LinearBackward(Tensor dOut, Weight weight, Tensor dX, boolean accumulate) implements Op {}

    /** out [out, in] = the weight, each element widened as the weight says; out F32 or BF16. */
    record Dequantize(Weight weight, Tensor out) implements Op {}

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
     * {@code inverse} rotates back, which is its gradient. Both products are rounded, then their sum.
     * Where cos and sin have R/2 columns, R &lt; D, the first R elements of each head are turned and the others stay.
     */
    record Rope(Tensor x, Tensor cos, Tensor sin, Tensor positions, int headDim, boolean inverse) implements Op {}

    /**
     * Causal softmax attention with grouped heads: q, out [N, H·D], k, v [M, K·D], lse F32 [N, H] (log of the softmax's
     * denominator, with its maximum). A score is scale · q · k, or softCap · tanh(scale · q · k / softCap).
     *
     * <p>q and out are F32 or BF16 each, k and v F32 or BF16 alike. Sums and the softmax are f32. With BF16 queries, what
     * torch rounds is rounded: q · k, its product with the scale, each step of the soft cap, and the probabilities.
     *
     * <p>With a block table k and v are a cache [blocks, tokens a block, K·D] that {@link WriteKeyValues} wrote: how a
     * block's elements lie is the backend's affair. A query's bits don't depend on the sequences beside it, nor on how many
     * queries of its own sequence are beside it, nor on where its keys lie.
     *
     * @param window keys that a query sees counting its own; 0 for all
     * @param softCap bound of the scores' magnitude; 0 for none
     */
    record Attention(
            Tensor q,
            Tensor k,
            Tensor v,
            Segments segments,
            int headDim,
            float scale,
            int window,
            float softCap,
            Tensor out,
            Tensor lse)
            implements Op {
        /**
         * @throws IllegalArgumentException if shapes, types or segments don't fit each other
         */
        public Attention {
            AttentionContract.require(q, k, v, segments, headDim, window, softCap, out, lse);
        }

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
            this(q, k, v, segments, headDim, scale, window, 0, out, lse);
        }

        public int heads() {
            return q.columns() / headDim;
        }

        public int keyHeads() {
            return k.columns() / headDim;
        }

        /** Whether scores and probabilities are rounded to bf16. */
        public boolean rounds() {
            return q.dtype() == DType.BF16;
        }
    }

    /**
     * dQ = gradient, dK = gradient, dV = gradient, of {@link Attention} where keys and queries are the same tokens. dOut,
     * dQ, dK and dV are F32 or BF16 each, in the shapes of out, q, k and v; sums are f32.
     */
    record AttentionBackward(Attention forward, Tensor dOut, Tensor dQ, Tensor dK, Tensor dV) implements Op {
        /**
         * @throws IllegalArgumentException if a shape or type doesn't fit, or keys lie in blocks
         */
        public AttentionBackward {
            AttentionContract.require(forward, dOut, dQ, dK, dV);
        }
    }

    /**
     * Writes the keys and values of new tokens into a cache of blocks: row n of k and v [N, K·D] goes to place
     * {@code slots[n]} = block · (tokens a block) + place in it; slots I32 [N] without repeats. The caches [blocks, tokens a
     * block, K·D] are F32 or BF16 alike and are read by {@link Attention} with a block table alone: inside a block a
     * backend orders elements as it likes.
     */
    record WriteKeyValues(Tensor k, Tensor v, Tensor slots, int headDim, Tensor keyCache, Tensor valueCache)
            implements Op {
        /** Tokens of a block are a multiple of this. */
        public static final int BLOCK_TOKENS = 32;

        /**
         * @throws IllegalArgumentException if shapes or types don't fit each other
         */
        public WriteKeyValues {
            AttentionContract.require(k, v, slots, headDim, keyCache, valueCache);
        }
    }

    /** out = activation(gate) · up. The activation is rounded, then the product. */
    record GatedActivation(Tensor gate, Tensor up, Activation activation, Tensor out) implements Op {}

    /** dGate = gradient, dUp = gradient. */
    record GatedActivationBackward(Tensor gate, Tensor up, Activation activation, Tensor dOut, Tensor dGate, Tensor dUp)
            implements Op {}

    /**
     * out = cap · tanh(x / cap), element by element; out may be x. The quotient is rounded, then its tanh, then the
     * product.
     */
    record SoftCap(Tensor x, float cap, Tensor out) implements Op {}

    /** dX = dOut · (1 − (out / cap)²), of what {@link SoftCap} gave; dX may be dOut or out. */
    record SoftCapBackward(Tensor out, float cap, Tensor dOut, Tensor dX) implements Op {}

    /** out[n, c] = x[n, from + c]; x [N, C], out [N, W] with from + W ≤ C. */
    record SliceColumns(Tensor x, int from, Tensor out) implements Op {}

    /** dX[n, from + c] += dOut[n, c]; dX [N, C], dOut [N, W]. */
    record SliceColumnsBackward(Tensor dOut, int from, Tensor dX) implements Op {}

    /** out[m] = x[rows[m]]; rows I32 [M], x [N, C], out [M, C]. */
    record GatherRows(Tensor x, Tensor rows, Tensor out) implements Op {}

    /** out[rows[m]] = (or +=) x[m]; rows I32 [M] without repeats. */
    record ScatterRows(Tensor x, Tensor rows, Tensor out, boolean accumulate) implements Op {}

    /**
     * losses[n] = −log softmax(logits[n])[labels[n]]; labels I32 [N]. {@code dLogits}, if not null, becomes
     * (softmax − onehot) · scale and may be the logits themselves.
     */
    record CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor dLogits, float scale) implements Op {}

    /**
     * out = x · mask / (1 − p); an element is kept where {@link Philox#uniformOfFour} of its index, under seed and stream, is
     * at least p. Also its own gradient.
     */
    record Dropout(Tensor x, Tensor out, float p, long seed, long stream) implements Op {}

    /**
     * out = d · Wᵀ for d = {@link Dropout} of x, which is never held whole; x [N, in], weight [out, in], out [N, out]. The first half of
     * a low-rank layer, of few outputs. d is not rounded, whatever type x has.
     */
    record DropoutLinear(Tensor x, Tensor weight, float p, long seed, long stream, Tensor out) implements Op {}

    /**
     * dX = (or +=) {@link Dropout} of dOut · W, and dWeight += dOutᵀ · d, with the forward operator's mask; either null where
     * nobody asks for it.
     */
    record DropoutLinearBackward(DropoutLinear forward, Tensor dOut, Tensor dX, boolean accumulate, Tensor dWeight)
            implements Op {}

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
     * Picks the next token of each row and appends it to the row's history: logits [B, V], slots I32 [B] without repeats,
     * out I32 [B]. {@link #NO_TOKEN} comes out, and nothing is appended, where a logit is NaN, forbidden or not, where the
     * largest score after penalties and temperature is infinite, and where the history is full; greedy settings do choose a
     * logit of +∞.
     *
     * @param slots of each row the slot in the history and the rules
     */
    record SampleTokens(Tensor logits, Tensor slots, TokenHistory history, SamplingRules rules, Tensor out)
            implements Op {
        /** Stands for a token where there is none to choose. */
        public static final int NO_TOKEN = -1;
    }

    /**
     * What a decoder reads to write the next token of each row: its last token and where that stands. With t the length of
     * slot slots[b], ids[b] is its last token, positions[b] = t − 1, keyLengths[b] = t, and places[b] is the place of
     * position t − 1 in a cache of blocks: blockTable[b, (t − 1) / blockSize] · blockSize + (t − 1) mod blockSize. All I32
     * [B], blockTable I32 [B, n]; t is at least 1.
     */
    record LastTokens(
            TokenHistory history,
            Tensor slots,
            Tensor blockTable,
            int blockSize,
            Tensor ids,
            Tensor positions,
            Tensor keyLengths,
            Tensor places)
            implements Op {}
}
