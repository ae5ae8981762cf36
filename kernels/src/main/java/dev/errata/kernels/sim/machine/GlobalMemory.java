package dev.errata.kernels.sim.machine;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * The device's memory. Addresses look like those of a real device: large and aligned to 256 bytes, with a gap of a
 * page or more behind each allocation, so that a kernel that runs over its end is seen.
 */
public final class GlobalMemory {
    /** Where generic addresses of the other spaces lie, far below. */
    static final long FIRST_ADDRESS = 0x7f3a_4000_0000L;

    /** What CUDA promises, and no more. */
    private static final int ALIGNMENT = 256;

    private final long capacity;
    private final TreeMap<Long, GlobalAllocation> allocations = new TreeMap<>();
    private long used;
    private long next = FIRST_ADDRESS + ALIGNMENT;

    public GlobalMemory(long capacity) {
        this.capacity = capacity;
    }

    public synchronized long free() {
        return capacity - used;
    }

    public long capacity() {
        return capacity;
    }

    /** The address, or 0 if there isn't so much memory left. */
    public synchronized long allocate(long bytes) {
        if (bytes > capacity - used) {
            return 0;
        }
        long address = next;
        next = (address + bytes + Page.BYTES) / Page.BYTES * Page.BYTES + Page.BYTES + ALIGNMENT;
        allocations.put(address, new GlobalAllocation(address, bytes));
        used += bytes;
        return address;
    }

    /** Whether there was an allocation at this address. An address is never given again, so late uses of it are seen. */
    public synchronized boolean release(long address) {
        GlobalAllocation allocation = allocations.remove(address);
        used -= allocation == null ? 0 : allocation.bytes;
        return allocation != null;
    }

    /** The allocation that holds all these bytes, or null. */
    synchronized GlobalAllocation find(long address, long bytes) {
        Map.Entry<Long, GlobalAllocation> entry = allocations.floorEntry(address);
        return entry != null && entry.getValue().holds(address, bytes) ? entry.getValue() : null;
    }

    public boolean holds(long address, long bytes) {
        return find(address, bytes) != null;
    }

    /** Copies in from the host. */
    public void write(long to, MemorySegment from) {
        pieces(to, from.byteSize(), (page, at, done, count) -> {
            MemorySegment.copy(from, done, MemorySegment.ofArray(page.data), at, count);
            page.written.setRange(at, count);
        });
    }

    public void fill(long to, byte value, long bytes) {
        pieces(to, bytes, (page, at, _, count) -> {
            java.util.Arrays.fill(page.data, at, at + count, value);
            page.written.setRange(at, count);
        });
    }

    /** Copies out to the host; bytes that nobody wrote come as zeros. */
    public void read(long from, MemorySegment to) {
        GlobalAllocation allocation = find(from, to.byteSize());
        for (long done = 0; done < to.byteSize(); ) {
            int at = (int) ((from + done) % Page.BYTES);
            long count = Math.min(to.byteSize() - done, Page.BYTES - at);
            Page page = allocation.pageOrNull(from + done);
            if (page == null) {
                to.asSlice(done, count).fill((byte) 0);
            } else {
                MemorySegment.copy(MemorySegment.ofArray(page.data), at, to, done, count);
            }
            done += count;
        }
    }

    /** Copies within the device; what was unwritten there counts as zeros here. */
    public void copy(long from, long to, long bytes) {
        byte[] buffer = new byte[(int) Math.min(bytes, 1 << 20)];
        for (long done = 0; done < bytes; done += buffer.length) {
            MemorySegment piece = MemorySegment.ofArray(buffer).asSlice(0, Math.min(buffer.length, bytes - done));
            read(from + done, piece);
            write(to + done, piece);
        }
    }

    private interface Piece {
        void take(Page page, int at, long done, int count);
    }

    private void pieces(long address, long bytes, Piece piece) {
        GlobalAllocation allocation = find(address, bytes);
        for (long done = 0; done < bytes; ) {
            int at = (int) ((address + done) % Page.BYTES);
            int count = (int) Math.min(bytes - done, Page.BYTES - at);
            piece.take(allocation.page(address + done), at, done, count);
            done += count;
        }
    }

    /** For messages: an access that lies in no allocation, with the nearest one below. */
    synchronized String describe(String what, long address, int bytes) {
        Map.Entry<Long, GlobalAllocation> below = allocations.floorEntry(address);
        String text = what + " of " + bytes + " bytes outside of every allocation";
        if (below == null) {
            return text;
        }
        GlobalAllocation a = below.getValue();
        long past = address - a.base - a.bytes;
        return past > 1L << 30
                ? text
                : text + ", " + Math.max(past, 0) + " bytes behind the end of one of " + a.bytes + " bytes";
    }
}
