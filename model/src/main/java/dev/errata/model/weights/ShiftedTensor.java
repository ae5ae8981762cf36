package dev.errata.model.weights;

import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A stored tensor with a number added to each element: norms whose weights one format stores less of what another adds.
 */
public record ShiftedTensor(StoredTensor tensor, float shift) implements StoredTensor {
    @Override
    public Shape shape() {
        return tensor.shape();
    }

    @Override
    public DType dtype() {
        return DType.F32;
    }

    @Override
    public Weight weight(String name, Scope scope) {
        Tensor values = scope.f32(name, shape().toArray());
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment decoded = scratch.allocate(values.bytes(), Float.BYTES);
            decodeInto(decoded);
            scope.backend().upload(decoded, values);
        }
        return new Weight.Dense(values);
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
    public void release() {
        tensor.release();
    }

    @Override
    public void decodeInto(MemorySegment f32) {
        MemorySegment stored = tensor.inPlace();
        if (stored == null) {
            tensor.decodeInto(f32);
            stored = f32;
        }
        for (long i = 0; i < shape().elements(); i++) {
            long at = i * Float.BYTES;
            f32.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, stored.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at) + shift);
        }
    }
}
