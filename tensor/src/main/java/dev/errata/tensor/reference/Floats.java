package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The elements of an F32, BF16 or F16 tensor in host memory as floats; what is stored is rounded to the tensor's type.
 * Mapped files need not be aligned.
 */
final class Floats {
    private final MemorySegment memory;
    private final DType dtype;

    /**
     * @throws IllegalArgumentException if the tensor has another type
     */
    Floats(Tensor tensor) {
        dtype = switch (tensor.dtype()) {
            case F32, BF16, F16 -> tensor.dtype();
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException("F32, BF16 or F16 is needed, not " + tensor);
        };
        this.memory = HostMemory.of(tensor);
    }

    float get(long i) {
        return switch (dtype) {
            case BF16 -> Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2) << 16);
            case F16 -> Float.float16ToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2));
            default -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4);
        };
    }

    void set(long i, float value) {
        switch (dtype) {
            case BF16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, Rounding.bf16Bits(value));
            case F16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, Float.floatToFloat16(value));
            default -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
        }
    }

    void add(long i, float value) {
        set(i, get(i) + value);
    }

    /** Overwrites, or adds where told to. */
    void put(long i, float value, boolean accumulate) {
        set(i, accumulate ? get(i) + value : value);
    }

    static int id(Tensor ids, long i) {
        return HostMemory.of(ids).get(ValueLayout.JAVA_INT_UNALIGNED, i * 4);
    }
}
