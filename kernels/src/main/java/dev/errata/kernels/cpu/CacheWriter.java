package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import java.util.Objects;

/** Writes keys and values of new tokens to their places in a cache of blocks, a token a task. */
final class CacheWriter {
    private final Workers workers;
    private final Scratch[] scratch;

    CacheWriter(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /**
     * @throws IndexOutOfBoundsException if a slot lies outside the cache
     */
    void run(Op.WriteKeyValues op) {
        CacheBlocks blocks = new CacheBlocks(op.keyCache(), op.headDim());
        int rows = op.k().rows();
        int width = op.k().columns();
        DType type = op.k().dtype();
        long k = Memory.anyFloats(op.k(), 0);
        long v = Memory.anyFloats(op.v(), op.k().elements());
        long slots = Memory.ints(op.slots(), rows);
        long keys = Memory.anyFloats(op.keyCache(), 0);
        long values = Memory.anyFloats(op.valueCache(), op.keyCache().elements());
        int places = Math.multiplyExact(blocks.count, blocks.tokens);
        for (int n = 0; n < rows; n++) {
            Objects.checkIndex(Memory.getInt(slots + n * 4L), places);
        }
        workers.parallelFor(rows, (n, worker) -> {
            int slot = Memory.getInt(slots + n * 4L);
            long floats = scratch[worker].floats(2L * width);
            long narrow = floats + width * 4L;
            HalfMath.widen(type, k + (long) n * width * type.bytes(), width, floats);
            HalfMath.narrow(floats, blocks.dtype, width, narrow);
            int heads = width / op.headDim();
            for (int head = 0; head < heads; head++) {
                long to = keys + blocks.head(slot / blocks.tokens, head);
                scatter(narrow, head * op.headDim(), op.headDim(), blocks, to, slot % blocks.tokens);
            }
            HalfMath.widen(type, v + (long) n * width * type.bytes(), width, floats);
            for (int head = 0; head < heads; head++) {
                long bytes = (long) op.headDim() * blocks.dtype.bytes();
                long to = values + blocks.head(slot / blocks.tokens, head) + slot % blocks.tokens * bytes;
                HalfMath.narrow(floats + (long) head * op.headDim() * 4, blocks.dtype, op.headDim(), to);
            }
        });
    }

    /** One head's elements of a token to column {@code place} of its [D, T]. */
    private static void scatter(long row, int first, int count, CacheBlocks blocks, long to, int place) {
        long stride = (long) blocks.tokens * blocks.dtype.bytes();
        if (blocks.dtype == DType.F32) {
            for (int c = 0; c < count; c++) {
                Memory.setInt(to + c * stride + place * 4L, Memory.getInt(row + (first + c) * 4L));
            }
        } else {
            for (int c = 0; c < count; c++) {
                Memory.setShort(to + c * stride + place * 2L, Memory.getShort(row + (first + c) * 2L));
            }
        }
    }
}
