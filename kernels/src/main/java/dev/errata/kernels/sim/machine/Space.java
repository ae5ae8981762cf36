package dev.errata.kernels.sim.machine;

/** A memory as a thread sees it. Accesses are of 1, 2, 4, 8 or 16 bytes. */
public interface Space {
    /** Whether the bytes are there, aligned to their number and written; what is wrong is reported. */
    boolean readable(Warp warp, int lane, long address, int bytes);

    /** Whether the bytes are there and aligned; what is wrong is reported. They count as written from here on. */
    boolean writable(Warp warp, int lane, long address, int bytes);

    /** Up to 8 bytes if they are {@link #readable}, else 0. */
    default long load(Warp warp, int lane, long address, int bytes) {
        return readable(warp, lane, address, bytes) ? get(warp, lane, address, bytes) : 0;
    }

    /** Up to 8 bytes of what is {@link #readable}. */
    long get(Warp warp, int lane, long address, int bytes);

    /** Up to 8 bytes of what is {@link #writable}. */
    void put(Warp warp, int lane, long address, int bytes, long value);

    /** What was put there is nothing: a register was stored that held nothing. */
    default void forget(Warp warp, int lane, long address, int bytes) {}

    /** Lets a load or store of a whole warp be counted, given its lanes' addresses. */
    default void count(Warp warp, int lanes, long[] addresses, int bytes) {}
}
