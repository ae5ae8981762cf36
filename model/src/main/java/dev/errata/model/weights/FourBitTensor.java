package dev.errata.model.weights;

import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
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

    @Override
    public MemorySegment inPlace() {
        return null;
    }

    @Override
    public void decodeInto(MemorySegment f32) {
        fourBit.dequantizeInto(f32, DType.F32);
    }
}
