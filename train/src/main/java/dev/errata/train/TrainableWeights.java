package dev.errata.train;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.WeightSource;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.train.optimizer.FlatTensors;

/**
 * Weights that may be changed: each is copied from the checkpoint, whose own memory stays as it is, to its place among all
 * trained values.
 *
 * @param values one for each tensor of the model, zero so far
 */
record TrainableWeights(WeightSource source, FlatTensors values) implements WeightSource {
    @Override
    public Tensor dense(String name, Scope scope, long... dims) {
        try (Scope reading = new Scope("stored weight", scope.backend())) {
            values.set(name, source.dense(name, reading, dims));
        }
        return values.byName().get(name);
    }

    @Override
    public Tensor rounded(String name, Scope scope, long... dims) {
        throw new IllegalStateException("rounded weights are not trained");
    }

    @Override
    public Weight.FourBit fourBit(String name, FourBitSpec spec, Scope scope, int out, int in) {
        if (source.fourBit(name, spec, scope, out, in) == null) {
            return null;
        }
        throw new BadInputException(
                "tensor " + name + " is stored in 4 bits, which full_fine_tuning can't change",
                "full_fine_tuning",
                "train a LoRA adapter, or give the checkpoint that dequantize makes of it");
    }

    @Override
    public void requireNoOthers() {
        source.requireNoOthers();
    }

    @Override
    public void close() {
        source.close();
    }
}
