package dev.errata.model.weights;

import dev.errata.quant.Absmax;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;

/** 4-bit weights over the memory that quantized tensors lie in, or over memory of their own. */
public final class FourBitWeights {
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

    /**
     * A matrix [out, in] whose tensors are allocated and hold nothing yet.
     *
     * @param scope holds them
     */
    public static Weight.FourBit shaped(String name, FourBitSpec spec, Scope scope, int out, int in) {
        long elements = (long) out * in;
        long blocks = Math.ceilDiv(elements, (long) spec.blockSize());
        return new Weight.FourBit(
                out,
                in,
                spec.blockSize(),
                scope.allocate(name, DType.U8, (elements + 1) / 2),
                scope.f32(name + ".code", 16),
                spec.doubleQuant()
                        ? doubleScales(name, scope, blocks)
                        : new Weight.SingleScales(scope.f32(name + ".absmax", blocks)),
                DType.F32);
    }

    private static Weight.Scales doubleScales(String name, Scope scope, long blocks) {
        return new Weight.DoubleScales(
                scope.allocate(name + ".absmax", DType.U8, blocks),
                scope.f32(name + ".nested_absmax", Math.ceilDiv(blocks, (long) Weight.DoubleScales.NESTED_BLOCK)),
                scope.f32(name + ".nested_code", 256),
                0);
    }

    private static Tensor over(Scope scope, String name, DType dtype, MemorySegment memory) {
        return scope.over(name, dtype, memory, memory.byteSize() / dtype.bytes());
    }
}
