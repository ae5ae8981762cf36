package dev.errata.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The arguments of a launch in their kernel's order, laid out as the parameter space of PTX lays them out: each at a
 * multiple of its size (of 64 bytes for tensor maps). Reusable: {@link #clear} starts anew.
 */
public final class KernelArguments {
    private static final int TENSOR_MAP_BYTES = 128;
    private static final int TENSOR_MAP_ALIGNMENT = 64;

    private ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    private int[] offsets = new int[32];
    private int count;
    private int end;

    public KernelArguments clear() {
        count = 0;
        end = 0;
        return this;
    }

    /** A device address. */
    public KernelArguments address(long value) {
        bytes.putLong(place(Long.BYTES, Long.BYTES), value);
        return this;
    }

    public KernelArguments i64(long value) {
        return address(value);
    }

    public KernelArguments i32(int value) {
        bytes.putInt(place(Integer.BYTES, Integer.BYTES), value);
        return this;
    }

    public KernelArguments f32(float value) {
        bytes.putFloat(place(Float.BYTES, Float.BYTES), value);
        return this;
    }

    public KernelArguments f64(double value) {
        bytes.putDouble(place(Double.BYTES, Double.BYTES), value);
        return this;
    }

    /**
     * @param map 128 bytes of {@link CudaDriver#tensorMap}
     */
    public KernelArguments tensorMap(MemorySegment map) {
        int offset = place(TENSOR_MAP_BYTES, TENSOR_MAP_ALIGNMENT);
        MemorySegment.copy(map, 0, MemorySegment.ofBuffer(bytes), offset, TENSOR_MAP_BYTES);
        return this;
    }

    public int count() {
        return count;
    }

    /** Bytes from the first argument to the last one's end. */
    public int size() {
        return end;
    }

    public int offset(int argument) {
        return offsets[argument];
    }

    /** The first {@link #size} bytes are the parameter space; valid until the next argument is added. */
    public ByteBuffer space() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0).limit(end);
    }

    private int place(int size, int alignment) {
        int offset = (end + alignment - 1) & -alignment;
        if (offset + size > bytes.capacity()) {
            ByteBuffer larger = ByteBuffer.allocate(2 * bytes.capacity()).order(ByteOrder.LITTLE_ENDIAN);
            larger.put(0, bytes, 0, end);
            bytes = larger;
        }
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        for (int i = end; i < offset; i++) {
            bytes.put(i, (byte) 0);
        }
        offsets[count++] = offset;
        end = offset + size;
        return offset;
    }
}
