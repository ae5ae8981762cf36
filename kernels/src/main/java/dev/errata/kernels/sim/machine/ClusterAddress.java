package dev.errata.kernels.sim.machine;

/**
 * Addresses of shared memory of a cluster: the lower 24 bits within a block, above them the block's rank plus 1, or 0 for
 * the block itself.
 */
public final class ClusterAddress {
    static final int RANK_SHIFT = 24;
    static final Space SPACE = new OfCluster();
    private static final long WITHIN = (1L << RANK_SHIFT) - 1;

    private ClusterAddress() {}

    public static long of(long address, long rank) {
        return (address & ~(0xFFL << RANK_SHIFT)) | (rank + 1) << RANK_SHIFT;
    }

    public static long within(long address) {
        return address & WITHIN;
    }

    private static final class OfCluster implements Space {
        private static SharedMemory memory(Warp warp, long address) {
            return warp.block().at(address).shared();
        }

        @Override
        public boolean readable(Warp warp, int lane, long address, int bytes) {
            return memory(warp, address).readable(warp, lane, within(address), bytes);
        }

        @Override
        public boolean writable(Warp warp, int lane, long address, int bytes) {
            return memory(warp, address).writable(warp, lane, within(address), bytes);
        }

        @Override
        public long get(Warp warp, int lane, long address, int bytes) {
            return memory(warp, address).get(warp, lane, within(address), bytes);
        }

        @Override
        public void put(Warp warp, int lane, long address, int bytes, long value) {
            memory(warp, address).put(warp, lane, within(address), bytes, value);
        }

        @Override
        public void forget(Warp warp, int lane, long address, int bytes) {
            memory(warp, address).forget(warp, lane, within(address), bytes);
        }
    }
}
