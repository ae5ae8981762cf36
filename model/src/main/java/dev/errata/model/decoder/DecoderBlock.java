package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.family.BlockPart;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import java.util.Map;

/**
 * One transformer block: attention and a gated feed-forward network, each behind a norm and added to its input, where a
 * family has them normed once more.
 *
 * @param norms and {@code linears}: the parts that the family has
 */
record DecoderBlock(int index, ModelConfig config, Map<BlockPart, Tensor> norms, Map<BlockPart, LinearLayer> linears) {
    /** x [N, C] → [N, C]. */
    Tensor forward(Ops ops, Tensor x, TokenBatch batch) {
        Tensor mixed = attention(ops, normed(ops, x, BlockPart.INPUT_NORM), batch);
        Tensor attended = ops.add(x, normed(ops, mixed, BlockPart.ATTENTION_OUT_NORM));
        Tensor fed = feedForward(ops, normed(ops, attended, BlockPart.FEED_FORWARD_NORM), batch);
        return ops.add(attended, normed(ops, fed, BlockPart.FEED_FORWARD_OUT_NORM));
    }

    private Tensor attention(Ops ops, Tensor x, TokenBatch batch) {
        Tensor q;
        Tensor k;
        Tensor v;
        if (linears.containsKey(BlockPart.QUERY_KEY_VALUE)) {
            int width = config.keyValueWidth();
            Tensor all = apply(ops, x, BlockPart.QUERY_KEY_VALUE, batch);
            q = ops.columns(all, 0, config.queryWidth());
            k = ops.columns(all, config.queryWidth(), width);
            v = ops.columns(all, config.queryWidth() + width, width);
        } else {
            q = apply(ops, x, BlockPart.QUERY, batch);
            k = apply(ops, x, BlockPart.KEY, batch);
            v = apply(ops, x, BlockPart.VALUE, batch);
        }
        q = normed(ops, q, BlockPart.QUERY_NORM);
        k = normed(ops, k, BlockPart.KEY_NORM);
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
        Tensor mixed = ops.attention(
                q,
                k,
                v,
                batch.segments(),
                config.headDim(),
                config.attentionScale(),
                config.slidingWindow(index),
                config.softCaps().attention());
        return apply(ops, mixed, BlockPart.OUTPUT, batch);
    }

    private Tensor feedForward(Ops ops, Tensor x, TokenBatch batch) {
        Tensor gate;
        Tensor up;
        if (linears.containsKey(BlockPart.GATE_UP)) {
            Tensor both = apply(ops, x, BlockPart.GATE_UP, batch);
            gate = ops.columns(both, 0, config.intermediateSize());
            up = ops.columns(both, config.intermediateSize(), config.intermediateSize());
        } else {
            gate = apply(ops, x, BlockPart.GATE, batch);
            up = apply(ops, x, BlockPart.UP, batch);
        }
        Tensor gated = ops.gated(gate, up, config.family().arithmetic().activation());
        return apply(ops, gated, BlockPart.DOWN, batch);
    }

    private Tensor apply(Ops ops, Tensor x, BlockPart part, TokenBatch batch) {
        return linears.get(part).apply(ops, x, batch.adapters(), batch.dropouts());
    }

    /** x itself where the family has no such norm. */
    private Tensor normed(Ops ops, Tensor x, BlockPart part) {
        Tensor weight = norms.get(part);
        return weight == null
                ? x
                : ops.rmsNorm(x, weight, config.family().arithmetic().normOffset(), config.rmsNormEps());
    }
}
