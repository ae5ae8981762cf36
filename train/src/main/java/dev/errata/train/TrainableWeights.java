package dev.errata.train;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.WeightSource;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Weights that may be changed: each is copied from the checkpoint, whose own memory stays as it is. */
record TrainableWeights(WeightSource source) implements WeightSource {
    @Override
    public Tensor dense(String name, Scope scope, long... dims) {
        Tensor stored = source.dense(name, scope, dims);
        Tensor copy = scope.f32(name, dims);
        scope.backend().run(new Op.Copy(stored, copy));
        return copy;
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
