package dev.errata.kernels.sim.machine;

/**
 * Addresses that may be of any space: shared and local memory and parameters show through windows of 4 GiB, all other
 * addresses are global. A block of a cluster sees the shared memory of its neighbours too, in the windows that follow.
 */
public final class GenericSpace implements Space {
    public static final long LOCAL = 0x7000_0000_0000L;
    public static final long PARAMETERS = 0x7001_0000_0000L;
    public static final long SHARED = 0x7002_0000_0000L;
    public static final GenericSpace INSTANCE = new GenericSpace();

    private static final long WINDOW = 1L << 32;

    private GenericSpace() {}

    /** The space that an address belongs to. */
    public static Space of(Warp warp, long address) {
        if (address < LOCAL || address >= SHARED + WINDOW) {
            return warp.block().global();
        }
        return address >= SHARED
                ? warp.block().at(address & (WINDOW - 1)).shared()
                : address >= PARAMETERS ? warp.block().parameters() : warp.local();
    }

    /** The address within its space. */
    public static long within(long address) {
        if (address < LOCAL || address >= SHARED + WINDOW) {
            return address;
        }
        long within = address & (WINDOW - 1);
        return address >= SHARED ? ClusterAddress.within(within) : within;
    }

    public static boolean isShared(long address) {
        return address >= SHARED && address < SHARED + WINDOW;
    }

    @Override
    public boolean readable(Warp warp, int lane, long address, int bytes) {
        return of(warp, address).readable(warp, lane, within(address), bytes);
    }

    @Override
    public boolean writable(Warp warp, int lane, long address, int bytes) {
        return of(warp, address).writable(warp, lane, within(address), bytes);
    }

    @Override
    public long get(Warp warp, int lane, long address, int bytes) {
        return of(warp, address).get(warp, lane, within(address), bytes);
    }

    @Override
    public void put(Warp warp, int lane, long address, int bytes, long value) {
        of(warp, address).put(warp, lane, within(address), bytes, value);
    }

    @Override
    public void forget(Warp warp, int lane, long address, int bytes) {
        of(warp, address).forget(warp, lane, within(address), bytes);
    }

    /** Counts by the space of the first lane, as all lanes of one instruction use the same in practice. */
    @Override
    public void count(Warp warp, int lanes, long[] addresses, int bytes) {
        long first = addresses[Integer.numberOfTrailingZeros(lanes)];
        of(warp, first).count(warp, lanes, addresses, bytes);
    }
}
