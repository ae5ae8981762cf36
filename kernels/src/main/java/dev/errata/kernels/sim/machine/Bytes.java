package dev.errata.kernels.sim.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian values of 1, 2, 4 or 8 bytes in arrays, with zeros above them. */
public final class Bytes {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    public static long get(byte[] from, int offset, int bytes) {
        return switch (bytes) {
            case 4 -> (int) INT.get(from, offset) & 0xFFFF_FFFFL;
            case 8 -> (long) LONG.get(from, offset);
            case 2 -> (short) SHORT.get(from, offset) & 0xFFFFL;
            default -> from[offset] & 0xFFL;
        };
    }

    public static void put(byte[] to, int offset, int bytes, long value) {
        switch (bytes) {
            case 4 -> INT.set(to, offset, (int) value);
            case 8 -> LONG.set(to, offset, value);
            case 2 -> SHORT.set(to, offset, (short) value);
            default -> to[offset] = (byte) value;
        }
    }
}
