package dev.errata.model.decoder;

import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/** A linear layer: a frozen or trainable matrix, a bias where the family has one, and an adapter where one is attached. */
public final class LinearLayer {
    private final String name;
    private final Weight weight;
    private final boolean fourBit;
    private final Tensor bias;
    private final Precision precision;
    private LoraLayer lora;

    /**
     * @param name as in the checkpoint, without {@code .weight}
     * @param fourBit whether the weight is in bitsandbytes' 4 bits, in whatever form the backend has it
     * @param bias [out], or null
     */
    LinearLayer(String name, Weight weight, boolean fourBit, Tensor bias, Precision precision) {
        this.name = name;
        this.weight = weight;
        this.fourBit = fourBit;
        this.bias = bias;
        this.precision = precision;
    }

    public String name() {
        return name;
    }

    public Weight weight() {
        return weight;
    }

    /** Whether the weight is in bitsandbytes' 4 bits. */
    public boolean isFourBit() {
        return fourBit;
    }

    /** The same layer with a trained tensor in the place of its bias or of its weight, and without an adapter. */
    LinearLayer with(Tensor trained, boolean isBias) {
        return new LinearLayer(
                name,
                isBias ? weight : new Weight.Dense(trained),
                isBias && fourBit,
                isBias ? trained : bias,
                precision.ofTrained());
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
        Tensor y = lora == null ? base(ops, x) : lora.apply(ops, x, this, dropouts);
        return lora != null && precision.roundsAll() ? ops.rounded(y) : y;
    }

    /** x · Wᵀ + bias without the adapter. In bf16 only the sum with the bias is rounded, as torch fuses the two. */
    Tensor base(Ops ops, Tensor x) {
        return product(ops, x, bias);
    }

    /** x · Wᵀ alone. */
    Tensor product(Ops ops, Tensor x) {
        return product(ops, x, null);
    }

    /** y += bias, where there is one. */
    void addBias(Ops ops, Tensor y) {
        if (bias != null) {
            ops.addBias(y, precision.roundsLinearWeights() ? ops.rounded(bias) : bias);
        }
    }

    private Tensor product(Ops ops, Tensor x, Tensor added) {
        Tensor in = precision.roundsLinearInputs() ? ops.rounded(x) : x;
        boolean each = precision.roundsLinearWeights();
        Weight matrix =
                each && weight instanceof Weight.Dense(Tensor dense) ? new Weight.Dense(ops.rounded(dense)) : weight;
        Tensor y = ops.linear(in, matrix);
        if (added != null) {
            ops.addBias(y, each ? ops.rounded(added) : added);
        }
        return precision.roundsLinears() ? ops.rounded(y) : y;
    }
}
