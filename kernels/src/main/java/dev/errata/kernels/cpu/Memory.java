package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Native memory by absolute address. One segment for all loads and stores keeps their types and bounds constant for the
 * compiler, whatever kind of memory a tensor lies in. In exchange the kernels check every tensor's size and every index
 * before they run: {@link #floats} and {@link #index} are the only ways from a tensor to an address.
 */
final class Memory {
    static final MemorySegment ALL = everything();

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private Memory() {}

    /**
     * The address of a tensor with at least so many elements.
     *
     * @throws IllegalArgumentException if it isn't F32, BF16 or F16 or has fewer elements
     */
    static long anyFloats(Tensor tensor, long elements) {
        return switch (tensor.dtype()) {
            case F32, BF16, F16 -> address(tensor, tensor.dtype(), elements);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException("F32, BF16 or F16 is needed, not " + tensor);
        };
    }

    /** The address of an F32 tensor with at least so many elements. */
    static long floats(Tensor tensor, long elements) {
        return address(tensor, DType.F32, elements);
    }

    /** The address of an I32 tensor with at least so many elements. */
    static long ints(Tensor tensor, long elements) {
        return address(tensor, DType.I32, elements);
    }

    /**
     * @throws IllegalArgumentException if the tensor has another type or fewer elements
     */
    static long address(Tensor tensor, DType dtype, long elements) {
        if (tensor.dtype() != dtype || tensor.elements() < elements) {
            throw new IllegalArgumentException(elements + " elements of " + dtype + " are needed, not " + tensor);
        }
        return HostMemory.of(tensor).address();
    }

    static float get(long address) {
        return ALL.get(FLOAT, address);
    }

    static void set(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    static int getInt(long address) {
        return ALL.get(INT, address);
    }

    static void setInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    static void setLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    static double getDouble(long address) {
        return ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address);
    }

    static void setDouble(long address, double value) {
        ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, address, value);
    }

    static void setFloats(long address, float[] from, int count) {
        MemorySegment.copy(from, 0, ALL, FLOAT, address, count);
    }

    static void setFloats(long address, float[] from, int at, int count) {
        MemorySegment.copy(from, at, ALL, FLOAT, address, count);
    }

    static void getFloats(long address, float[] into, int count) {
        MemorySegment.copy(ALL, FLOAT, address, into, 0, count);
    }

    static void getFloats(long address, float[] into, int at, int count) {
        MemorySegment.copy(ALL, FLOAT, address, into, at, count);
    }

    static int getShort(long address) {
        return ALL.get(SHORT, address);
    }

    static void setShort(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    static int getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
    }

    static void setByte(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    static void getBytes(long address, byte[] into, int count) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, into, 0, count);
    }

    static void setBytes(long address, byte[] from, int count) {
        MemorySegment.copy(from, 0, ALL, ValueLayout.JAVA_BYTE, address, count);
    }

    /**
     * Element i of I32 ids.
     *
     * @throws IndexOutOfBoundsException if it isn't within 0 to bound − 1
     */
    static int index(long ids, long i, int bound) {
        return java.util.Objects.checkIndex(getInt(ids + i * 4), bound);
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    static void zero(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
