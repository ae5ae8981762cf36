package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;

/** Widens parts of a weight in blocks of GGML's, each block by its plain decoder. */
final class GgmlRows implements WeightRows {
    private final GgmlType type;
    private final MemorySegment blocks;
    private final int in;
    private final DType dtype;

    GgmlRows(Weight.Ggml w) {
        type = w.type();
        in = w.in();
        blocks = HostMemory.of(w.blocks());
        dtype = w.dtype();
    }

    @Override
    public void widen(int row, int rows, int column, int columns, long to, Scratch mine) {
        int size = type.blockSize();
        int first = column / size;
        int count = columns == 0 ? 0 : (column + columns - 1) / size + 1 - first;
        long decoded = mine.blocks((long) count * size);
        for (int r = 0; r < rows; r++) {
            long block = (long) (row + r) * (in / size) + first;
            GgmlBlocks.decode(type, blocks, block, count, Memory.ALL, decoded / Float.BYTES);
            Memory.copy(decoded + (column - first * size) * 4L, to + (long) r * columns * 4, columns * 4L);
        }
        if (dtype != DType.F32) {
            RoundMath.to(dtype, to, rows * columns, to);
        }
    }
}
