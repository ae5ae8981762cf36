package dev.errata.model.weights;

import dev.errata.model.file.GgufTensor;
import dev.errata.model.file.MappedPages;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a GGUF file.
 *
 * @param pairedHeads for llama's q and k the number of heads, whose rows the format stores in pairs ({@link PairedRows});
 *     else 0
 */
record GgufStoredTensor(GgufTensor tensor, int pairedHeads) implements StoredTensor {
    @Override
    public Shape shape() {
        return tensor.shape();
    }

    @Override
    public DType dtype() {
        return switch (tensor.type()) {
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
            default -> DType.F32;
        };
    }

    @Override
    public Weight weight(String name, Scope scope) {
        int out = Math.toIntExact(tensor.shape().rows());
        int in = Math.toIntExact(tensor.shape().columns());
        if (tensor.type().blockSize() == 1) {
            return new Weight.Dense(elements(name, dtype(), scope, out, in));
        }
        Tensor blocks = elements(name, DType.U8, scope, tensor.data().byteSize());
        return new Weight.Ggml(tensor.type(), out, in, blocks, DType.F32);
    }

    /** The bytes of the file, with their rows in Hugging Face's order. */
    private Tensor elements(String name, DType dtype, Scope scope, long... dims) {
        if (pairedHeads == 0) {
            return scope.over(name, dtype, tensor.data(), dims);
        }
        Tensor ordered = scope.allocate(name, dtype, dims);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(tensor.data().byteSize(), 64);
            PairedRows order = PairedRows.of(tensor.shape(), pairedHeads);
            long width = rows.byteSize() / order.rows();
            for (long row = 0; row < order.rows(); row++) {
                MemorySegment.copy(tensor.data(), row * width, rows, order.halved(row) * width, width);
            }
            scope.backend().upload(rows, ordered);
        }
        return ordered;
    }

    @Override
    public MemorySegment inPlace() {
        return tensor.type() == GgmlType.F32 && pairedHeads == 0 ? tensor.data() : null;
    }

    @Override
    public MemorySegment bytes() {
        return tensor.data();
    }

    @Override
    public void decodeInto(MemorySegment f32) {
        if (pairedHeads == 0) {
            long blocks = tensor.shape().elements() / tensor.type().blockSize();
            GgmlBlocks.decode(tensor.type(), tensor.data(), 0, blocks, f32, 0);
        } else {
            PairedRows order = PairedRows.of(tensor.shape(), pairedHeads);
            long rowBlocks = order.columns() / tensor.type().blockSize();
            for (long row = 0; row < order.rows(); row++) {
                long target = order.halved(row) * order.columns();
                GgmlBlocks.decode(tensor.type(), tensor.data(), row * rowBlocks, rowBlocks, f32, target);
            }
        }
        release();
    }

    @Override
    public void release() {
        MappedPages.release(tensor.data());
    }
}
