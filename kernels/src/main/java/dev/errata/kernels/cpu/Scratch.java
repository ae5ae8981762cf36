package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;

/** Memory of one worker that is kept between operators and grows to the largest size asked for. Undefined contents. */
final class Scratch {
    private final MemoryPool pool;
    private HostMemory memory;
    private HostMemory blocks;
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

    /** The address of so many native floats, 64-byte aligned. */
    long floats(long count) {
        if (memory == null || memory.bytes() < count * 4) {
            if (memory != null) {
                pool.free(memory);
            }
            memory = pool.allocate("scratch of a worker", Math.max(4096, count * 4));
        }
        return memory.segment().address();
    }

    /** Room for decoded blocks beside {@link #floats}, 64-byte aligned. */
    long blocks(long count) {
        if (blocks == null || blocks.bytes() < count * 4) {
            if (blocks != null) {
                pool.free(blocks);
            }
            blocks = pool.allocate("decoded blocks of a worker", Math.max(4096, count * 4));
        }
        return blocks.segment().address();
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
