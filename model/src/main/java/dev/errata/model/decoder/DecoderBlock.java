package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Activation;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;

/**
 * One transformer block: attention and a gated feed-forward network, each behind a norm and added to its input.
 *
 * @param queryNorm and {@code keyNorm}: [D], or null where the family has none
 */
record DecoderBlock(
        int index,
        Tensor inputNorm,
        LinearLayer query,
        LinearLayer key,
        LinearLayer value,
        LinearLayer output,
        Tensor queryNorm,
        Tensor keyNorm,
        Tensor feedForwardNorm,
        LinearLayer gate,
        LinearLayer up,
        LinearLayer down) {
    /** x [N, C] → [N, C]. */
    Tensor forward(Ops ops, Tensor x, TokenBatch batch, ModelConfig config) {
        Tensor attended = ops.add(x, attention(ops, x, batch, config));
        Tensor normed = ops.rmsNorm(attended, feedForwardNorm, config.rmsNormEps());
        Tensor gated = ops.gated(
                gate.apply(ops, normed, batch.dropouts()), up.apply(ops, normed, batch.dropouts()), Activation.SILU);
        return ops.add(attended, down.apply(ops, gated, batch.dropouts()));
    }

    private Tensor attention(Ops ops, Tensor x, TokenBatch batch, ModelConfig config) {
        Tensor normed = ops.rmsNorm(x, inputNorm, config.rmsNormEps());
        Tensor q = query.apply(ops, normed, batch.dropouts());
        Tensor k = key.apply(ops, normed, batch.dropouts());
        Tensor v = value.apply(ops, normed, batch.dropouts());
        if (queryNorm != null) {
            q = ops.rmsNorm(q, queryNorm, config.rmsNormEps());
            k = ops.rmsNorm(k, keyNorm, config.rmsNormEps());
        }
        RopeAngles angles = batch.angles();
        ops.rope(q, angles.cos(), angles.sin(), angles.rows(), config.headDim());
        ops.rope(k, angles.cos(), angles.sin(), angles.rows(), config.headDim());
        if (batch.cache() != null) {
            Tensor keys = batch.cache().keys(index);
            Tensor values = batch.cache().values(index);
            ops.writeKeyValues(k, v, batch.slots(), config.headDim(), keys, values);
            k = keys;
            v = values;
        }
        Tensor mixed = ops.attention(q, k, v, batch.segments(), config.headDim(), config.slidingWindow(index));
        return output.apply(ops, mixed, batch.dropouts());
    }
}
