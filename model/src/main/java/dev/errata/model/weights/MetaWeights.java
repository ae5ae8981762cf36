package dev.errata.model.weights;

import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Weights of the right shapes and without values, for the meta device: any config will do, however large. */
public final class MetaWeights implements WeightSource {
    private long bytes;
    private long allocated;

    /** Bytes of all weights given so far that are used where the checkpoint lies. */
    public long bytes() {
        return bytes;
    }

    /** What the same weights take of a backend's pool. */
    public long allocatedBytes() {
        return allocated;
    }

    @Override
    public Tensor dense(String name, Scope scope, long... dims) {
        return counted(scope.f32(name, dims));
    }

    private Tensor counted(Tensor tensor) {
        bytes += tensor.bytes();
        allocated += MemoryRules.HOST.rounded(tensor.bytes());
        return tensor;
    }

    /** A copy in the pool, as it is made of all but BF16 tensors. */
    @Override
    public Tensor rounded(String name, Scope scope, long... dims) {
        return scope.f32(name, dims);
    }

    @Override
    public Weight.FourBit fourBit(String name, FourBitSpec spec, Scope scope, int out, int in) {
        if (spec == null) {
            return null;
        }
        long elements = (long) out * in;
        long blocks = (elements + spec.blockSize() - 1) / spec.blockSize();
        return new Weight.FourBit(
                out,
                in,
                spec.blockSize(),
                counted(scope.allocate(name, DType.U8, (elements + 1) / 2)),
                counted(scope.f32(name + ".code", 16)),
                spec.doubleQuant() ? doubleScales(name, scope, blocks) : singleScales(name, scope, blocks),
                DType.F32);
    }

    private Weight.Scales singleScales(String name, Scope scope, long blocks) {
        return new Weight.SingleScales(counted(scope.f32(name + ".absmax", blocks)));
    }

    private Weight.Scales doubleScales(String name, Scope scope, long blocks) {
        return new Weight.DoubleScales(
                counted(scope.allocate(name + ".absmax", DType.U8, blocks)),
                counted(scope.f32(
                        name + ".nested_absmax", Math.ceilDiv(blocks, (long) Weight.DoubleScales.NESTED_BLOCK))),
                counted(scope.f32(name + ".nested_code", 256)),
                0);
    }

    @Override
    public void requireNoOthers() {}

    @Override
    public void close() {}
}
