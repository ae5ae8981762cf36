package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.check.WrittenBytes;

/** The stacks of a warp's threads, and the parameters of device functions. Offsets start at 0 for every thread. */
public final class LocalSpace implements Space {
    private final int bytes;
    private final byte[][] data;
    private final WrittenBytes[] written;

    LocalSpace(int bytes) {
        this.bytes = bytes;
        data = new byte[32][bytes];
        written = new WrittenBytes[32];
        for (int lane = 0; lane < 32; lane++) {
            written[lane] = new WrittenBytes(bytes);
        }
    }

    void clear() {
        for (WrittenBytes w : written) {
            w.clearAll();
        }
    }

    private boolean admitted(Warp warp, int lane, long address, int count, String what) {
        if ((address & (count - 1)) != 0) {
            warp.report(FindingKind.MISALIGNED, lane, address, what + " of " + count + " bytes of local memory");
            return false;
        }
        if (address < 0 || address > bytes - count) {
            warp.report(
                    FindingKind.OUT_OF_BOUNDS,
                    lane,
                    address,
                    what + " of " + count + " bytes outside of the thread's " + bytes + " bytes of local memory");
            return false;
        }
        return true;
    }

    @Override
    public boolean readable(Warp warp, int lane, long address, int count) {
        if (!admitted(warp, lane, address, count, "a load")) {
            return false;
        }
        if (!written[lane].all((int) address, count)) {
            warp.report(FindingKind.UNWRITTEN_READ, lane, address, "local memory that the thread didn't write");
        }
        return true;
    }

    @Override
    public boolean writable(Warp warp, int lane, long address, int count) {
        if (!admitted(warp, lane, address, count, "a store")) {
            return false;
        }
        written[lane].set((int) address, count);
        return true;
    }

    @Override
    public long get(Warp warp, int lane, long address, int count) {
        return Bytes.get(data[lane], (int) address, count);
    }

    @Override
    public void put(Warp warp, int lane, long address, int count, long value) {
        Bytes.put(data[lane], (int) address, count, value);
    }

    @Override
    public void forget(Warp warp, int lane, long address, int count) {
        written[lane].clear((int) address, count);
    }

    /** Copies within each thread's own memory, with what is unwritten. */
    public void copy(int lanes, int from, int to, int count) {
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            int lane = Integer.numberOfTrailingZeros(rest);
            for (int i = 0; i < count; i++) {
                data[lane][to + i] = data[lane][from + i];
                if (written[lane].all(from + i, 1)) {
                    written[lane].set(to + i, 1);
                } else {
                    written[lane].clear(to + i, 1);
                }
            }
        }
    }
}
