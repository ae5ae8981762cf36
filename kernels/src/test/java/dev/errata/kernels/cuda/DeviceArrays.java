package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.SegmentBounds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Arrays in a device's memory that a test fills and reads; freed together. Each has exactly its own bytes. */
final class DeviceArrays implements AutoCloseable {
    private final CudaDriver driver;
    private final List<Long> addresses = new ArrayList<>();

    DeviceArrays(CudaDriver driver) {
        this.driver = driver;
    }

    /** Memory that nothing was written to. */
    long empty(long bytes) {
        long address = driver.allocate(Math.max(1, bytes));
        addresses.add(address);
        return address;
    }

    /** Values as f32, or rounded to bf16. */
    long upload(DType dtype, float... values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(Math.max(1, (long) values.length * dtype.bytes()), 16);
            for (int i = 0; i < values.length; i++) {
                if (dtype == DType.F32) {
                    host.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
                } else {
                    int bits = Float.floatToRawIntBits(Rounding.bf16(values[i]));
                    host.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
                }
            }
            return upload(host);
        }
    }

    long upload(int... values) {
        try (Arena arena = Arena.ofConfined()) {
            return upload(arena.allocateFrom(ValueLayout.JAVA_INT, values.length == 0 ? new int[1] : values));
        }
    }

    private long upload(MemorySegment host) {
        long address = empty(host.byteSize());
        driver.upload(host, address, 0);
        driver.synchronize(0);
        return address;
    }

    float[] download(DType dtype, long address, int count) {
        float[] values = new float[count];
        if (count == 0) {
            return values;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate((long) count * dtype.bytes(), 16);
            driver.download(address, host, 0);
            driver.synchronize(0);
            for (int i = 0; i < count; i++) {
                values[i] = dtype == DType.F32
                        ? host.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                        : Float.intBitsToFloat(host.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
            }
        }
        return values;
    }

    DeviceRows rows(DType dtype, int stride, float... values) {
        return new DeviceRows(upload(dtype, values), dtype, stride);
    }

    /** Rows of NaN, so that what a kernel doesn't write shows. */
    DeviceRows unwritten(DType dtype, int stride, int rows) {
        float[] values = new float[rows * stride];
        java.util.Arrays.fill(values, Float.NaN);
        return rows(dtype, stride, values);
    }

    float[] download(DeviceRows rows, int count) {
        return download(rows.dtype(), rows.address(), count * rows.stride());
    }

    DeviceSegments segments(SegmentBounds segments) {
        return new DeviceSegments(
                upload(segments.queryStart()),
                upload(segments.queryLength()),
                upload(segments.keyStart()),
                upload(segments.keyLength()),
                segments.count(),
                IntStream.of(segments.queryLength()).max().orElse(0),
                IntStream.of(segments.keyLength()).max().orElse(0));
    }

    @Override
    public void close() {
        addresses.forEach(driver::free);
        addresses.clear();
    }
}
