package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.Clocks;
import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.check.ProxyFenceTimes;
import dev.errata.kernels.sim.check.SharedRaces;
import dev.errata.kernels.sim.check.WrittenBytes;
import java.util.Arrays;

/**
 * A block's shared memory: static variables first, dynamic memory behind them. It starts above 0, so that a null
 * pointer isn't shared memory.
 */
public final class SharedMemory implements Space {
    /** As sm_90 has it, where the system keeps the first KiB. */
    public static final int FIRST_ADDRESS = 1024;

    private static final int WORD = 4;

    private final ThreadBlock block;
    private final int bytes;
    private final byte[] data;
    private final WrittenBytes written;
    private final SharedRaces races;

    /** Asynchronous copies into each word that have not landed. */
    private final byte[] pending;

    /** Asynchronous copies out of each word that have not read it. */
    private final byte[] leaving;

    /** Words that a bulk copy wrote last, which asynchronous units see without a fence. */
    private final boolean[] byCopy;

    private final ProxyFenceTimes fences;

    /**
     * @param bytes static and dynamic ones
     * @param granule log2 of the bytes of the kernel's narrowest store
     */
    SharedMemory(ThreadBlock block, Clocks clocks, int bytes, int granule) {
        this.block = block;
        this.bytes = bytes;
        int end = FIRST_ADDRESS + bytes;
        data = new byte[end + 16];
        written = new WrittenBytes(end + 16);
        races = new SharedRaces(clocks, end, granule);
        pending = new byte[end / WORD + 4];
        leaving = new byte[pending.length];
        byCopy = new boolean[pending.length];
        fences = new ProxyFenceTimes(clocks);
    }

    /** A block begins. */
    void restart() {
        written.clearAll();
        Arrays.fill(pending, (byte) 0);
        Arrays.fill(leaving, (byte) 0);
        fences.clear();
    }

    public int bytes() {
        return bytes;
    }

    public SharedRaces races() {
        return races;
    }

    /** The bytes by address, for products and copies that checked what they use. */
    public byte[] data() {
        return data;
    }

    /** Whether these bytes are shared memory of the block and aligned to {@code alignment}; what is wrong is reported. */
    public boolean admitted(Warp warp, int lane, long address, int count, int alignment, String what) {
        if ((address & (alignment - 1)) != 0) {
            warp.report(
                    FindingKind.MISALIGNED,
                    lane,
                    address,
                    what + " of " + count + " bytes of shared memory at an address that is no multiple of "
                            + alignment);
            return false;
        }
        if (address < FIRST_ADDRESS || address > FIRST_ADDRESS + bytes - count) {
            warp.report(
                    FindingKind.OUT_OF_BOUNDS,
                    lane,
                    address,
                    what + " of " + count + " bytes outside of the block's " + bytes + " bytes of shared memory, "
                            + "which begin at " + FIRST_ADDRESS);
            return false;
        }
        return true;
    }

    @Override
    public boolean readable(Warp warp, int lane, long address, int count) {
        if (!admitted(warp, lane, address, count, count, "a load")) {
            return false;
        }
        int at = (int) address;
        if (isPending(at, count)) {
            warp.report(FindingKind.MISSING_WAIT, lane, address, "reads what an asynchronous copy hasn't brought yet");
        } else if (!written.all(at, count)) {
            warp.report(
                    FindingKind.UNWRITTEN_READ, lane, address, "shared memory that nobody wrote, " + count + " bytes");
        }
        reportRace(warp, lane, address, races.read(warp.clock(), lane, at, count), "reads what ", " wrote");
        return true;
    }

    @Override
    public boolean writable(Warp warp, int lane, long address, int count) {
        if (!admitted(warp, lane, address, count, count, "a store")) {
            return false;
        }
        int at = (int) address;
        if (isPending(at, count)) {
            warp.report(FindingKind.MISSING_WAIT, lane, address, "writes where an asynchronous copy hasn't landed yet");
        }
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            if (leaving[word] != 0) {
                warp.report(
                        FindingKind.MISSING_WAIT,
                        lane,
                        address,
                        "overwrites what an asynchronous copy has yet to read");
                break;
            }
            byCopy[word] = false;
        }
        written.set(at, count);
        reportRace(warp, lane, address, races.write(warp.clock(), lane, at, count), "overwrites what ", " uses");
        return true;
    }

    /** As {@link #writable} for atomics, which don't race with each other. */
    public boolean meet(Warp warp, int lane, long address, int count) {
        if (!admitted(warp, lane, address, count, count, "an atomic")) {
            return false;
        }
        if (!written.all((int) address, count)) {
            warp.report(FindingKind.UNWRITTEN_READ, lane, address, "an atomic on shared memory that nobody wrote");
            written.set((int) address, count);
        }
        reportRace(
                warp,
                lane,
                address,
                races.atomic(warp.clock(), lane, (int) address, count),
                "an atomic on what ",
                " uses otherwise");
        return true;
    }

    public void reportRace(Warp warp, int lane, long address, int other, String before, String after) {
        if (other >= 0) {
            warp.report(
                    FindingKind.SHARED_RACE,
                    lane,
                    address,
                    before + block.cluster().nameOf(block, other) + after + ", with no barrier between");
        }
    }

    public boolean isPending(int at, int count) {
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            if (pending[word] != 0) {
                return true;
            }
        }
        return false;
    }

    /** A copy is on its way; until it lands nobody may use the bytes. */
    public void poison(int at, int count) {
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            pending[word]++;
        }
    }

    /** The copy is there. */
    public void land(int at, int count) {
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            pending[word]--;
        }
        written.setRange(at, count);
    }

    /** A bulk copy wrote up to 16 bytes. */
    public void landByCopy(int at, int count) {
        land(at, count);
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            byCopy[word] = true;
        }
        races.write(block.cluster().clocks().copies(), 0, at, count);
    }

    /** A copy will read up to 16 bytes. */
    public void leave(int at, int count) {
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            leaving[word]++;
        }
    }

    /** The copy has read them. */
    public void left(int at, int count) {
        for (int word = at / WORD; word <= (at + count - 1) / WORD; word++) {
            leaving[word]--;
        }
    }

    /** {@code fence.proxy.async} of a warp. */
    public void proxyFence(Warp warp) {
        fences.fence(warp.clock());
    }

    /** As {@link #readable} of 16 bytes for an asynchronous unit that acts for a warp. */
    public boolean readableByUnit(Warp warp, int lane, int at, String unit) {
        if (!admitted(warp, lane, at, 16, 16, unit)) {
            return false;
        }
        if (isPending(at, 16)) {
            warp.report(
                    FindingKind.MISSING_WAIT, lane, at, unit + " reads what an asynchronous copy hasn't brought yet");
        } else if (!written.all(at, 16)) {
            warp.report(FindingKind.UNWRITTEN_READ, lane, at, unit + " reads shared memory that nobody wrote");
        }
        for (int word = at / WORD; word < at / WORD + 4; word++) {
            if (!byCopy[word] && !races.writtenBefore(word * WORD, fences.of(warp.clock()))) {
                warp.report(
                        FindingKind.MISSING_FENCE,
                        lane,
                        at,
                        unit + " reads what was stored with no fence.proxy.async behind");
                break;
            }
        }
        reportRace(warp, lane, at, races.read(warp.clock(), lane, at, 16), unit + " reads what ", " wrote");
        return true;
    }

    public boolean isWritten(int at, int count) {
        return written.all(at, count);
    }

    @Override
    public long get(Warp warp, int lane, long address, int count) {
        return Bytes.get(data, (int) address, count);
    }

    @Override
    public void put(Warp warp, int lane, long address, int count, long value) {
        Bytes.put(data, (int) address, count, value);
    }

    @Override
    public void forget(Warp warp, int lane, long address, int count) {
        written.clear((int) address, count);
    }

    /** A warp's request takes as many turns as the busiest bank has words. */
    @Override
    public void count(Warp warp, int lanes, long[] addresses, int width) {
        warp.block().counters().sharedRequest(lanes, addresses, width);
    }
}
