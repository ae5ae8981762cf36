package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Access to a tensor of F32, BF16 or F16 as floats: read exactly, written rounded to nearest, ties to even. */
final class Elements {
    private final MemorySegment memory;
    private final DType dtype;

    Elements(Tensor tensor) {
        dtype = tensor.dtype();
        if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16) {
            throw new IllegalArgumentException("F32, BF16 or F16 is needed, not " + tensor);
        }
        memory = HostMemory.of(tensor);
    }

    float get(long i) {
        if (dtype == DType.F32) {
            return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4);
        }
        short bits = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2);
        return dtype == DType.BF16 ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
    }

    void set(long i, float value) {
        if (dtype == DType.F32) {
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
            return;
        }
        short bits = dtype == DType.BF16
                ? (short) (Float.floatToRawIntBits(Rounding.bf16(value)) >>> 16)
                : Float.floatToFloat16(value);
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, bits);
    }

    /** Overwrites, or adds where told to, rounded once. */
    void put(long i, float value, boolean accumulate) {
        set(i, accumulate ? get(i) + value : value);
    }
}
