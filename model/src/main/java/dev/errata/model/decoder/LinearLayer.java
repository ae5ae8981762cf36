package dev.errata.model.decoder;

import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/** A linear layer: a frozen or trainable matrix, a bias where the family has one, and an adapter where one is attached. */
public final class LinearLayer {
    private final String name;
    private final Weight weight;
    private final Tensor bias;
    private final Precision precision;
    private LoraPair lora;

    /**
     * @param name as in the checkpoint, without {@code .weight}
     * @param bias [out], or null
     */
    LinearLayer(String name, Weight weight, Tensor bias, Precision precision) {
        this.name = name;
        this.weight = weight;
        this.bias = bias;
        this.precision = precision;
    }

    /**
     * A low-rank addition (Hu et al. 2021): scale · B · A.
     *
     * @param a [r, in]
     * @param b [out, r]
     */
    public record LoraPair(Tensor a, Tensor b, float scale, float dropout) {}

    public String name() {
        return name;
    }

    public Weight weight() {
        return weight;
    }

    public LoraPair lora() {
        return lora;
    }

    /** Attaches an adapter, or takes it off with null. */
    public void attach(LoraPair pair) {
        this.lora = pair;
    }

    /** x [N, in] → [N, out]. */
    Tensor apply(Ops ops, Tensor x, Dropouts dropouts) {
        Tensor y = base(ops, x);
        if (lora != null) {
            Tensor dropped = dropouts == null || lora.dropout() == 0
                    ? x
                    : ops.dropout(x, lora.dropout(), dropouts.seed(), dropouts.stream(name));
            Tensor low = ops.linear(dropped, new Weight.Dense(lora.a()));
            ops.addLinear(low, lora.b(), lora.scale(), y);
            if (precision.roundsAll()) {
                ops.round(y);
            }
        }
        return y;
    }

    /** x · Wᵀ + bias without the adapter. In bf16 only the sum with the bias is rounded, as torch fuses the two. */
    private Tensor base(Ops ops, Tensor x) {
        Tensor in = precision.roundsLinearInputs() ? ops.rounded(x) : x;
        boolean each = precision.roundsLinearWeights();
        Weight matrix =
                each && weight instanceof Weight.Dense(Tensor dense) ? new Weight.Dense(ops.rounded(dense)) : weight;
        Tensor y = ops.linear(in, matrix);
        if (bias != null) {
            ops.addBias(y, each ? ops.rounded(bias) : bias);
        }
        if (precision.roundsLinears()) {
            ops.round(y);
        }
        return y;
    }
}
