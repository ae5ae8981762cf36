package dev.errata.kernels.cuda;

/**
 * Blocks of a grid, threads of a block, and bytes of dynamic shared memory of a block.
 */
public record Launch(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int sharedBytes) {
    public static Launch of(int blocks, int threads) {
        return new Launch(blocks, 1, 1, threads, 1, 1, 0);
    }

    public static Launch of(int gridX, int gridY, int threads) {
        return new Launch(gridX, gridY, 1, threads, 1, 1, 0);
    }

    public Launch shared(int bytes) {
        return new Launch(gridX, gridY, gridZ, blockX, blockY, blockZ, bytes);
    }

    public int threads() {
        return blockX * blockY * blockZ;
    }

    public long blocks() {
        return (long) gridX * gridY * gridZ;
    }
}
