package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;

/** Memory of one worker that is kept between operators and grows to the largest size asked for. Undefined contents. */
final class Scratch {
    private final MemoryPool pool;
    private long[] masks = new long[0];
    private float[] scales = new float[0];
    private float[] aPanels = new float[0];
    private float[] bPanels = new float[0];

    /**
     * @param pool where native memory comes from, and stays
     */
    Scratch(MemoryPool pool) {
        this.pool = pool;
    }

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
    private final Room room = new Room("scratch of a worker");

    /** Keys or values on their way to panels. */
    final Room keys = new Room("keys of a worker");

    /** Rows of queries and outputs in F32. */
    final Room queries = new Room("queries of a worker");

    private final Room blocks = new Room("decoded blocks of a worker");

    /** Native memory that grows by halves, so that an operator that needs a little more each time rarely waits for it. */
    final class Room {
        private final String name;
        private HostMemory memory;

        private Room(String name) {
            this.name = name;
        }

        /** The address of so many floats, 64-byte aligned; what was there before is undefined. */
        long floats(long count) {
            if (memory == null || memory.bytes() < count * 4) {
                long bytes = Math.max(count * 4, memory == null ? 4096 : memory.bytes() * 3 / 2);
                if (memory != null) {
                    pool.free(memory);
                }
                memory = pool.allocate(name, bytes);
            }
            return memory.segment().address();
        }
    }

    /** The address of so many native floats, 64-byte aligned. */
    long floats(long count) {
        return room.floats(count);
    }

    /** Room for decoded blocks beside {@link #floats}, 64-byte aligned. */
    long blocks(long count) {
        return blocks.floats(count);
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
}
