package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.BlockFlow;
import dev.errata.kernels.sim.check.FindingKind;

/** The device's memory as the threads of a block see it, with a small cache of the pages used last. */
public final class GlobalSpace implements Space {
    private static final int CACHED = 64;

    private final GlobalMemory memory;
    private final BlockFlow.Visitor flow;
    private final int granule;
    private final Page[] pages = new Page[CACHED];
    private final long[] from = new long[CACHED];
    private final long[] to = new long[CACHED];

    /**
     * @param granule log2 of the bytes of the kernel's narrowest store
     */
    GlobalSpace(GlobalMemory memory, BlockFlow.Visitor flow, int granule) {
        this.memory = memory;
        this.flow = flow;
        this.granule = granule;
    }

    public BlockFlow.Visitor flow() {
        return flow;
    }

    /** The page that holds all of these bytes, or null. */
    private Page find(long address, int bytes) {
        int slot = (int) (address >>> 16) & (CACHED - 1);
        if (address >= from[slot] && address <= to[slot] - bytes) {
            return pages[slot];
        }
        GlobalAllocation allocation = memory.find(address, bytes);
        if (allocation == null) {
            return null;
        }
        Page page = allocation.page(address);
        page.stampEvery(granule);
        long start = address & -Page.BYTES;
        pages[slot] = page;
        from[slot] = Math.max(start, allocation.base);
        to[slot] = Math.min(start + Page.BYTES, allocation.base + allocation.bytes);
        return page;
    }

    private static int offset(long address) {
        return (int) address & (Page.BYTES - 1);
    }

    private Page admitted(Warp warp, int lane, long address, int bytes, String what) {
        if ((address & (bytes - 1)) != 0) {
            warp.report(FindingKind.MISALIGNED, lane, address, what + " of " + bytes + " bytes at an odd address");
            return null;
        }
        Page page = find(address, bytes);
        if (page == null) {
            warp.report(FindingKind.OUT_OF_BOUNDS, lane, address, memory.describe(what, address, bytes));
        }
        return page;
    }

    @Override
    public boolean readable(Warp warp, int lane, long address, int bytes) {
        Page page = admitted(warp, lane, address, bytes, "a load");
        if (page != null) {
            noteRead(page, warp, lane, address, bytes);
        }
        return page != null;
    }

    @Override
    public long load(Warp warp, int lane, long address, int bytes) {
        Page page = admitted(warp, lane, address, bytes, "a load");
        if (page == null) {
            return 0;
        }
        noteRead(page, warp, lane, address, bytes);
        return Bytes.get(page.data, offset(address), bytes);
    }

    private void noteRead(Page page, Warp warp, int lane, long address, int bytes) {
        int at = offset(address);
        if (!page.written.all(at, bytes)) {
            warp.report(
                    FindingKind.UNWRITTEN_READ, lane, address, "global memory that nobody wrote, " + bytes + " bytes");
        }
        int last = (at + bytes - 1) >>> granule;
        for (int g = at >>> granule; g <= last; g++) {
            int other = flow.read(page.writers, page.readers, g);
            if (other >= 0) {
                warp.report(
                        FindingKind.CROSS_BLOCK,
                        lane,
                        address,
                        "reads what " + warp.block().nameOf(other) + " wrote");
            }
        }
    }

    @Override
    public boolean writable(Warp warp, int lane, long address, int bytes) {
        Page page = admitted(warp, lane, address, bytes, "a store");
        if (page == null) {
            return false;
        }
        int at = offset(address);
        page.written.set(at, bytes);
        int last = (at + bytes - 1) >>> granule;
        for (int g = at >>> granule; g <= last; g++) {
            int other = flow.write(page.writers, page.readers, g);
            if (other >= 0) {
                warp.report(
                        FindingKind.CROSS_BLOCK,
                        lane,
                        address,
                        "overwrites what " + warp.block().nameOf(other) + " uses");
            }
        }
        return true;
    }

    /** As {@link #readable} for atomics, volatile accesses and others that blocks may meet at. */
    public boolean meet(Warp warp, int lane, long address, int bytes, boolean reads) {
        Page page = admitted(warp, lane, address, bytes, "an atomic");
        if (page == null) {
            return false;
        }
        int at = offset(address);
        if (reads && !page.written.all(at, bytes)) {
            warp.report(FindingKind.UNWRITTEN_READ, lane, address, "an atomic on memory that nobody wrote");
        }
        page.written.set(at, bytes);
        int last = (at + bytes - 1) >>> granule;
        for (int g = at >>> granule; g <= last; g++) {
            int other = flow.atomic(page.writers, g);
            if (other >= 0) {
                warp.report(
                        FindingKind.CROSS_BLOCK,
                        lane,
                        address,
                        "an atomic on what " + warp.block().nameOf(other) + " wrote by an ordinary store");
            }
        }
        flow.meet(address);
        return true;
    }

    @Override
    public long get(Warp warp, int lane, long address, int bytes) {
        return Bytes.get(find(address, bytes).data, offset(address), bytes);
    }

    @Override
    public void put(Warp warp, int lane, long address, int bytes, long value) {
        Bytes.put(find(address, bytes).data, offset(address), bytes, value);
    }

    @Override
    public void forget(Warp warp, int lane, long address, int bytes) {
        find(address, bytes).written.clear(offset(address), bytes);
    }

    /** Bytes that lie in one page, or null. */
    byte[] copy(long address, int bytes) {
        Page page = find(address, bytes);
        return page == null || offset(address) + bytes > Page.BYTES
                ? null
                : java.util.Arrays.copyOfRange(page.data, offset(address), offset(address) + bytes);
    }

    /** A warp's request costs as many sectors of 32 bytes as it touches. */
    @Override
    public void count(Warp warp, int lanes, long[] addresses, int bytes) {
        warp.block().counters().globalRequest(lanes, addresses, bytes);
    }
}
