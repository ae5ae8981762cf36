package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/**
 * A low-rank addition to a linear layer, scale · B · A (LoRA, Hu et al. 2021), and with a magnitude DoRA (Liu et al. 2024)
 * as PEFT computes it: each row of W + scale · B · A brought to a trained length.
 *
 * @param a [r, in]
 * @param b [out, r]
 * @param magnitude the rows' lengths, or null for LoRA alone
 */
public record LoraLayer(Tensor a, Tensor b, float scale, float dropout, LoraMagnitude magnitude) {
    /** x [N, in] → [N, out] through a layer with this on it. */
    Tensor apply(Ops ops, Tensor x, LinearLayer layer, Dropouts dropouts) {
        if (magnitude == null) {
            Tensor y = layer.base(ops, x);
            ops.addLinear(low(ops, x, layer, dropouts), b, scale, y);
            return y;
        }
        magnitude.require(ops, layer.weight(), this, dropouts != null);
        Tensor dropped = dropped(ops, x, layer, dropouts);
        Tensor y = dropped == x ? scaled(ops, x, layer) : scaledBeside(ops, x, dropped, layer);
        layer.addBias(ops, y);
        return ops.cast(y, x.dtype());
    }

    /**
     * Makes of a layer's own output what {@link #apply} gives, without dropout.
     *
     * @param x [N, in]
     * @param y [N, out], x · Wᵀ + bias
     */
    void addTo(Ops ops, Tensor x, Tensor y, LinearLayer layer) {
        if (magnitude == null) {
            ops.addLinear(low(ops, x, layer, null), b, scale, y);
        } else {
            ops.scope().backend().run(new Op.Copy(apply(ops, x, layer, null), y));
        }
    }

    /** dropout(x) · Aᵀ, F32. */
    private Tensor low(Ops ops, Tensor x, LinearLayer layer, Dropouts dropouts) {
        return dropouts == null || dropout == 0
                ? ops.linear(x, new Weight.Dense(a), DType.F32)
                : ops.dropoutLinear(x, a, dropout, dropouts.seed(), dropouts.stream(layer.name()));
    }

    private Tensor dropped(Ops ops, Tensor x, LinearLayer layer, Dropouts dropouts) {
        return dropouts == null || dropout == 0
                ? x
                : ops.dropout(x, dropout, dropouts.seed(), dropouts.stream(layer.name()));
    }

    private void addLow(Ops ops, Tensor x, Tensor y) {
        Tensor low = ops.linear(x, new Weight.Dense(a), DType.F32);
        ops.addLinear(low, b, scale, y);
    }

    private Tensor scaled(Ops ops, Tensor x, LinearLayer layer) {
        Tensor y = product(ops, x, layer);
        addLow(ops, x, y);
        return ops.scaleColumns(y, magnitude.lengths(), magnitude.norm(), false);
    }

    /**
     * With dropout the layer itself sees the whole input and what DoRA changes in it the dropped one:
     * x·Wᵀ + (m/n − 1) · d·Wᵀ + m/n · scale · d·Aᵀ·Bᵀ.
     */
    private Tensor scaledBeside(Ops ops, Tensor x, Tensor dropped, LinearLayer layer) {
        Tensor low = ops.scope().zeros("low rank", dropped.rows(), b.rows());
        addLow(ops, dropped, low);
        Tensor change = ops.add(
                ops.scaleColumns(product(ops, dropped, layer), magnitude.lengths(), magnitude.norm(), true),
                ops.scaleColumns(low, magnitude.lengths(), magnitude.norm(), false));
        return ops.add(product(ops, x, layer), change);
    }

    /** The layer's own product, to which DoRA adds in F32. */
    private static Tensor product(Ops ops, Tensor x, LinearLayer layer) {
        return ops.cast(layer.product(ops, x), DType.F32);
    }
}
