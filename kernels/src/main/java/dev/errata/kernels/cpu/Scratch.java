package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;

/** Memory of one worker that is kept between operators and grows to the largest size asked for. Undefined contents. */
final class Scratch implements AutoCloseable {
    private long[] masks = new long[0];
    private float[] scales = new float[0];
    private float[] aPanels = new float[0];
    private float[] bPanels = new float[0];

    /** One tile of a product. */
    final float[] tile = new float[Tile.ROWS * Tile.COLUMNS];

    /** Room between the two rounds of {@link Transpose}. */
    final int[] between = new int[Transpose.SIZE * Transpose.SIZE];

    /** Sixteen vectors. */
    final float[] lanes = new float[16 * Lanes.COUNT];

    /** Sixteen vectors, transposed. */
    final float[] swapped = new float[16 * Lanes.COUNT];

    /** Both moments of a block of 8-bit states. */
    final float[] moments = new float[2 * Blockwise8Bit.BLOCK_SIZE];

    /** The codes of a block of 8-bit states. */
    final byte[] codes = new byte[Blockwise8Bit.BLOCK_SIZE];

    /** Scores, rows of an operator, whatever it takes one of. */
    private final Room room = new Room();

    /** Keys or values on their way to panels. */
    final Room keys = new Room();

    /** Rows of queries and outputs in F32. */
    final Room queries = new Room();

    /** The block of queries that is worked on. */
    final AttentionBlock attention = new AttentionBlock(this);

    /** Native memory that grows by halves, so that an operator that needs a little more each time rarely waits for it. */
    static final class Room {
        private final MemoryPool pool = new MemoryPool();
        private HostMemory memory;

        /** The address of so many floats, 64-byte aligned; what was there before is undefined. */
        long floats(long count) {
            if (memory == null || memory.bytes() < count * 4) {
                long bytes = Math.max(count * 4, memory == null ? 4096 : memory.bytes() * 3 / 2);
                close();
                memory = pool.allocate(bytes);
            }
            return memory.segment().address();
        }

        private void close() {
            pool.close();
            memory = null;
        }
    }

    /** The address of so many native floats, 64-byte aligned. */
    long floats(long count) {
        return room.floats(count);
    }

    /** Room for masks of vectors. */
    long[] masks(int vectors) {
        if (masks.length < vectors) {
            masks = new long[vectors];
        }
        return masks;
    }

    /** Room for the scales of quantized blocks. */
    float[] scales(int floats) {
        if (scales.length < floats) {
            scales = new float[floats];
        }
        return scales;
    }

    float[] aPanels(int floats) {
        if (aPanels.length < floats) {
            aPanels = new float[floats];
        }
        return aPanels;
    }

    float[] bPanels(int floats) {
        if (bPanels.length < floats) {
            bPanels = new float[floats];
        }
        return bPanels;
    }

    @Override
    public void close() {
        room.close();
        keys.close();
        queries.close();
    }
}
