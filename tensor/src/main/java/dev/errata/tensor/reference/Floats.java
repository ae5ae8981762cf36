package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Element access to the host memory of a tensor; mapped files need not be aligned. */
final class Floats {
    private final MemorySegment memory;

    Floats(Tensor tensor) {
        if (tensor.dtype() != DType.F32) {
            throw new IllegalArgumentException("F32 is needed, not " + tensor);
        }
        this.memory = HostMemory.of(tensor);
    }

    float get(long i) {
        return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4);
    }

    void set(long i, float value) {
        memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, value);
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
