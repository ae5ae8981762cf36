package dev.errata.model.weights;

import dev.errata.model.file.GgufTensor;
import dev.errata.model.file.MappedPages;
import dev.errata.quant.ggml.GgmlBlocks;
import dev.errata.quant.ggml.GgmlType;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
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
    public MemorySegment inPlace() {
        return tensor.type() == GgmlType.F32 && pairedHeads == 0 ? tensor.data() : null;
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
        MappedPages.release(tensor.data());
    }
}
