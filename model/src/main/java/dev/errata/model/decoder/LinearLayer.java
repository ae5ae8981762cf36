package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;
import java.util.HashMap;
import java.util.Map;

/** A linear layer: a frozen or trainable matrix, a bias where the family has one, and an adapter where one is attached. */
public final class LinearLayer {
    private final String name;
    private final Weight weight;
    private final boolean fourBit;
    private final Tensor bias;
    private final Precision precision;
    private final Map<String, LoraLayer> named = new HashMap<>();
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
                precision);
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

    /** Attaches an adapter under a name, for the rows that ask for it. */
    public void attach(String adapterName, LoraLayer adapter) {
        named.put(adapterName, adapter);
    }

    /** x [N, in] → [N, out], of x's type; each run of rows with its adapter, of which a row's bits don't depend on the others. */
    Tensor apply(Ops ops, Tensor x, AdapterRuns adapters, Dropouts dropouts) {
        if (adapters.isNone()) {
            return apply(ops, x, dropouts);
        }
        Tensor y = base(ops, x);
        for (AdapterRuns.Run run : adapters.runs()) {
            LoraLayer own = run.adapter() == null ? lora : named.get(run.adapter());
            if (own != null) {
                own.addTo(ops, x.rowRange(run.from(), run.count()), y.rowRange(run.from(), run.count()), this);
            }
        }
        return y;
    }

    private Tensor apply(Ops ops, Tensor x, Dropouts dropouts) {
        return lora == null ? base(ops, x) : lora.apply(ops, x, this, dropouts);
    }

    /** x · Wᵀ + bias without the adapter. In BF16 only the sum with the bias is rounded, as torch fuses the two. */
    Tensor base(Ops ops, Tensor x) {
        return product(ops, x, bias == null ? null : used(ops, bias));
    }

    /** x · Wᵀ alone. */
    Tensor product(Ops ops, Tensor x) {
        return product(ops, x, null);
    }

    /** y += bias, where there is one. */
    void addBias(Ops ops, Tensor y) {
        if (bias != null) {
            ops.addBias(y, used(ops, bias));
        }
    }

    private Tensor product(Ops ops, Tensor x, Tensor added) {
        Weight matrix = weight instanceof Weight.Dense(Tensor dense) ? new Weight.Dense(used(ops, dense)) : weight;
        Tensor in = ops.cast(x, precision.product());
        return ops.cast(ops.linear(in, matrix, added, precision.product()), x.dtype());
    }

    /** A weight that is kept as F32 to be trained, rounded if it is to be multiplied as BF16; others were on loading. */
    private Tensor used(Ops ops, Tensor kept) {
        return precision.weights() == DType.BF16 ? ops.cast(kept, DType.BF16) : kept;
    }
}
