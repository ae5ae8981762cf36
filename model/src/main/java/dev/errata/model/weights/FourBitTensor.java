package dev.errata.model.weights;

import dev.errata.model.file.MappedPages;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;

/** A tensor that a safetensors file holds in bitsandbytes' 4 bits. */
record FourBitTensor(QuantizedTensor fourBit) implements StoredTensor {
    @Override
    public Shape shape() {
        return fourBit.shape();
    }

    @Override
    public DType dtype() {
        return fourBit.dtype();
    }

    /** Where the rows share blocks, the matrix is one list of elements all the same. */
    @Override
    public Weight weight(String name, Scope scope) {
        return FourBitWeights.of(fourBit, scope);
    }

    @Override
    public MemorySegment inPlace() {
        return null;
    }

    @Override
    public MemorySegment bytes() {
        return null;
    }

    @Override
    public void decodeInto(MemorySegment f32) {
        fourBit.dequantizeInto(f32, DType.F32);
    }

    @Override
    public void release() {
        MappedPages.release(fourBit.packed());
    }
}
