package dev.errata.model.weights;

import dev.errata.model.file.MappedPages;
import dev.errata.model.file.TensorEntry;
import dev.errata.quant.HalfFloats;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A plain tensor of a safetensors file. Where something else is made of it, the mapped pages are given back as they have
 * been read.
 */
record FileTensor(TensorEntry entry) implements StoredTensor {
    private static final int CHUNK = 1 << 16;
    /** Elements that are decoded between two releases of pages. */
    private static final int WINDOW = 1 << 23;

    @Override
    public Shape shape() {
        return entry.shape();
    }

    @Override
    public DType dtype() {
        return entry.dtype();
    }

    @Override
    public Weight weight(String name, Scope scope) {
        requireFloats();
        return new Weight.Dense(
                scope.over(name, entry.dtype(), entry.data(), entry.shape().toArray()));
    }

    @Override
    public MemorySegment bytes() {
        return entry.data();
    }

    @Override
    public void release() {
        MappedPages.release(entry.data());
    }

    @Override
    public MemorySegment inPlace() {
        return entry.dtype() == DType.F32 ? entry.data() : null;
    }

    @Override
    public void decodeInto(MemorySegment f32) {
        requireFloats();
        float[] chunk = new float[CHUNK];
        long elements = entry.shape().elements();
        for (long from = 0; from < elements; from += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - from);
            HalfFloats.widen(entry.data(), entry.dtype(), from, chunk, 0, count);
            MemorySegment.copy(chunk, 0, f32, ValueLayout.JAVA_FLOAT_UNALIGNED, from * Float.BYTES, count);
            if ((from + count) % WINDOW == 0 || from + count == elements) {
                long begin = (from + count - 1) / WINDOW * WINDOW;
                release(begin, from + count);
            }
        }
    }

    /** From the stored elements, so that no F32 copy of them is made; the codes are the same. */
    @Override
    public QuantizedTensor quantize(String name, FourBitSpec spec, Arena arena, String where) {
        requireFloats();
        QuantizedTensor quantized = spec.quantize(name, entry.data(), entry.dtype(), entry.shape(), arena, where);
        release(0, entry.shape().elements());
        return quantized.as(DType.F32);
    }

    private void release(long from, long end) {
        long width = entry.dtype().bytes();
        MappedPages.release(entry.data().asSlice(from * width, (end - from) * width));
    }

    private void requireFloats() {
        if (entry.dtype() != DType.BF16 && entry.dtype() != DType.F16 && entry.dtype() != DType.F32) {
            throw new BadInputException(
                    "tensor " + entry.name() + " is " + entry.dtype(),
                    "the checkpoint",
                    "only F32, BF16 and F16 are read");
        }
    }
}
