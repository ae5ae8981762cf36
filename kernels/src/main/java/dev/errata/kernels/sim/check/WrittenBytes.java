package dev.errata.kernels.sim.check;

import java.util.Arrays;

/** Which bytes of a piece of memory hold something. Aligned accesses of up to 16 bytes lie within one word of bits. */
public final class WrittenBytes {
    private final long[] bits;

    public WrittenBytes(int bytes) {
        bits = new long[(bytes + 63) >>> 6];
    }

    public boolean all(int offset, int bytes) {
        long wanted = mask(offset, bytes);
        return (bits[offset >>> 6] & wanted) == wanted;
    }

    public void set(int offset, int bytes) {
        bits[offset >>> 6] |= mask(offset, bytes);
    }

    public void clear(int offset, int bytes) {
        bits[offset >>> 6] &= ~mask(offset, bytes);
    }

    /** Any range, of any alignment. */
    public void setRange(int offset, int bytes) {
        int end = offset + bytes;
        for (int at = offset; at < end; ) {
            int next = Math.min(end, (at | 63) + 1);
            bits[at >>> 6] |= next - at == 64 ? -1 : ((1L << (next - at)) - 1) << (at & 63);
            at = next;
        }
    }

    public void clearAll() {
        Arrays.fill(bits, 0);
    }

    private static long mask(int offset, int bytes) {
        return ((1L << bytes) - 1) << (offset & 63);
    }
}
