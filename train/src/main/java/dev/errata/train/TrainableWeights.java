package dev.errata.train;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.StoredTensor;
import dev.errata.model.weights.WeightSource;
import dev.errata.model.weights.WeightUse;
import dev.errata.tensor.DType;
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
    public Tensor vector(String name, DType type, Scope scope, long... dims) {
        if (type != DType.F32) {
            throw new IllegalStateException("tensor " + name + " is trained as F32, not " + type);
        }
        try (Scope reading = new Scope("stored weight", scope.backend())) {
            values.set(name, source.vector(name, type, reading, dims));
        }
        return values.byName().get(name);
    }

    @Override
    public Weight weight(String name, WeightUse use, Scope scope, int out, int in) {
        try (Scope reading = new Scope("stored weight", scope.backend())) {
            if (!(source.weight(name, use, reading, out, in) instanceof Weight.Dense(Tensor stored))) {
                throw new IllegalStateException("tensor " + name + " is not dense, so it can't be trained");
            }
            values.set(name, stored);
        }
        return new Weight.Dense(values.byName().get(name));
    }

    @Override
    public boolean isFourBit(String name, FourBitSpec quantization) {
        return source.isFourBit(name, quantization);
    }

    @Override
    public StoredTensor stored(String name, long... dims) {
        return source.stored(name, dims);
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
