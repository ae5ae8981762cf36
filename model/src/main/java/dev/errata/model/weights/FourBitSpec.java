package dev.errata.model.weights;

import dev.errata.quant.Absmax;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** How linear layers are quantized, on loading or already in their file. */
public record FourBitSpec(FourBitFormat format, int blockSize, boolean doubleQuant) {
    /** How a tensor was quantized. */
    static FourBitSpec of(QuantizedTensor tensor) {
        return new FourBitSpec(tensor.format(), tensor.blockSize(), tensor.absmax() instanceof Absmax.Nested);
    }

    /** Quantizes a tensor ({@link QuantizedTensor#quantize}). */
    public QuantizedTensor quantize(
            String name, MemorySegment values, DType dtype, Shape shape, Arena arena, String where) {
        return QuantizedTensor.quantize(name, format, blockSize, doubleQuant, values, dtype, shape, arena, where);
    }

    /** As a sentence names it: {@code nf4 in blocks of 64 with double quantization}. */
    @Override
    public String toString() {
        return format.formatName() + " in blocks of " + blockSize + (doubleQuant ? " with" : " without")
                + " double quantization";
    }
}
