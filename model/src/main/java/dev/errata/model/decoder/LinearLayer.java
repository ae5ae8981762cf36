package dev.errata.model.decoder;

import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/** A linear layer: a frozen or trainable matrix, a bias where the family has one, and an adapter where one is attached. */
public final class LinearLayer {
    private final String name;
    private final Weight weight;
    private final Tensor bias;
    private LoraLayer lora;

    /**
     * @param name as in the checkpoint, without {@code .weight}
     * @param bias [out], or null
     */
    LinearLayer(String name, Weight weight, Tensor bias) {
        this.name = name;
        this.weight = weight;
        this.bias = bias;
    }

    public String name() {
        return name;
    }

    public Weight weight() {
        return weight;
    }

    /** [out], or null. */
    public Tensor bias() {
        return bias;
    }

    public LoraLayer lora() {
        return lora;
    }

    /** Attaches an adapter, or takes it off with null. */
    public void attach(LoraLayer adapter) {
        this.lora = adapter;
    }

    /** x [N, in] → [N, out]. */
    Tensor apply(Ops ops, Tensor x, Dropouts dropouts) {
        if (lora != null) {
            return lora.apply(ops, x, this, dropouts);
        }
        Tensor y = product(ops, x);
        addBias(ops, y);
        return y;
    }

    /** x · Wᵀ. */
    Tensor product(Ops ops, Tensor x) {
        return ops.linear(x, weight);
    }

    void addBias(Ops ops, Tensor y) {
        if (bias != null) {
            ops.addBias(y, bias);
        }
    }
}
