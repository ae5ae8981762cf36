package dev.errata.model.weights;

import dev.errata.quant.Absmax;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;

/** Quantized tensors as weights, over the memory that they lie in. */
final class FourBitWeights {
    private FourBitWeights() {}

    /** A quantized matrix [out, in]. */
    static Weight.FourBit of(QuantizedTensor quantized, Scope scope) {
        String name = quantized.name();
        return new Weight.FourBit(
                Math.toIntExact(quantized.shape().rows()),
                Math.toIntExact(quantized.shape().columns()),
                quantized.blockSize(),
                over(scope, name, DType.U8, quantized.packed()),
                scope.floats(name + ".code", quantized.format().codebook(), 16),
                scales(name, quantized.absmax(), scope),
                quantized.dtype());
    }

    private static Weight.Scales scales(String name, Absmax absmax, Scope scope) {
        return switch (absmax) {
            case Absmax.Plain(MemorySegment values) ->
                new Weight.SingleScales(over(scope, name + ".absmax", DType.F32, values));
            case Absmax.Nested nested ->
                new Weight.DoubleScales(
                        over(scope, name + ".absmax", DType.U8, nested.codes()),
                        over(scope, name + ".nested_absmax", DType.F32, nested.nestedAbsmax()),
                        scope.floats(
                                name + ".nested_code",
                                nested.map().values(),
                                nested.map().size()),
                        nested.offset());
        };
    }

    private static Tensor over(Scope scope, String name, DType dtype, MemorySegment memory) {
        return scope.over(name, dtype, memory, memory.byteSize() / dtype.bytes());
    }
}
