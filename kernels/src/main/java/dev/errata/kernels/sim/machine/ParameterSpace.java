package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.FindingKind;

/** A kernel's arguments, which all threads read. */
final class ParameterSpace implements Space {
    private final byte[] data;

    ParameterSpace(byte[] data) {
        this.data = data;
    }

    byte[] data() {
        return data;
    }

    @Override
    public boolean readable(Warp warp, int lane, long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            warp.report(FindingKind.MISALIGNED, lane, address, "a load of " + bytes + " bytes of parameters");
            return false;
        }
        if (address < 0 || address > data.length - bytes) {
            warp.report(
                    FindingKind.OUT_OF_BOUNDS,
                    lane,
                    address,
                    "a load outside of the kernel's " + data.length + " bytes of parameters");
            return false;
        }
        return true;
    }

    @Override
    public boolean writable(Warp warp, int lane, long address, int bytes) {
        warp.report(FindingKind.OUT_OF_BOUNDS, lane, address, "a store to the kernel's parameters");
        return false;
    }

    @Override
    public long get(Warp warp, int lane, long address, int bytes) {
        return Bytes.get(data, (int) address, bytes);
    }

    @Override
    public void put(Warp warp, int lane, long address, int bytes, long value) {
        throw new IllegalStateException();
    }
}
