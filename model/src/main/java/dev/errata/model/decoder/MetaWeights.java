package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Weights of the right shapes and without values, for the meta device: any config will do, however large. */
public final class MetaWeights implements WeightSource {
    @Override
    public Tensor dense(String name, Scope scope, long... dims) {
        return scope.f32(name, dims);
    }

    @Override
    public Weight linear(String name, FourBitSpec spec, Scope scope, int out, int in) {
        if (spec == null) {
            return new Weight.Dense(dense(name, scope, out, in));
        }
        long elements = (long) out * in;
        long blocks = (elements + spec.blockSize() - 1) / spec.blockSize();
        boolean nested = spec.doubleQuant();
        return new Weight.FourBit(
                out,
                in,
                spec.blockSize(),
                scope.allocate(name, DType.U8, (elements + 1) / 2),
                scope.f32(name + ".code", 16),
                scope.allocate(name + ".absmax", nested ? DType.U8 : DType.F32, blocks),
                nested ? scope.f32(name + ".nested_absmax", (blocks + 255) / 256) : null,
                nested ? scope.f32(name + ".nested_code", 256) : null,
                0);
    }

    @Override
    public void requireNoOthers() {}

    @Override
    public void close() {}
}
