package dev.errata.model.weights;

import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
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
        allocated += MemoryPool.rounded(tensor.bytes());
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
        boolean nested = spec.doubleQuant();
        return new Weight.FourBit(
                out,
                in,
                spec.blockSize(),
                counted(scope.allocate(name, DType.U8, (elements + 1) / 2)),
                counted(scope.f32(name + ".code", 16)),
                counted(scope.allocate(name + ".absmax", nested ? DType.U8 : DType.F32, blocks)),
                nested ? counted(scope.f32(name + ".nested_absmax", (blocks + 255) / 256)) : null,
                nested ? counted(scope.f32(name + ".nested_code", 256)) : null,
                0,
                DType.F32);
    }

    @Override
    public void requireNoOthers() {}

    @Override
    public void close() {}
}
