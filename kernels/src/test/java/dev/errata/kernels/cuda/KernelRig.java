package dev.errata.kernels.cuda;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A device with the shipped kernels and, beside it, the reference backend: arrays go to both, so that a test runs a kernel
 * on the one and the operator on the other. The device is the simulator, or a real one with {@code -Derrata.device=cuda}.
 */
final class KernelRig implements AutoCloseable {
    static final long STREAM = 0;

    /** The real device's kernels, which all tests share, so that each is compiled once. */
    private static KernelLibrary shared;

    final KernelLibrary library = open();
    final CudaDriver driver = library.driver();
    private final Backend reference = new ReferenceBackend();
    private final Scope scope = new Scope("kernel test", reference);
    private final List<Long> allocated = new ArrayList<>();
    private long philoxStream;

    private static synchronized KernelLibrary open() {
        if (!TestDevice.REAL) {
            return new KernelLibrary(TestDevice.open());
        }
        if (shared == null) {
            shared = new KernelLibrary(TestDevice.open());
        }
        return shared;
    }

    /** Normal numbers, others at every call. */
    float[] normal(long n) {
        float[] values = new float[Math.toIntExact(n)];
        philoxStream++;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Philox.normal(7, philoxStream, i);
        }
        return values;
    }

    /** Numbers in 0.1…1.1. */
    float[] positive(long n) {
        float[] values = new float[Math.toIntExact(n)];
        philoxStream++;
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.1f + Philox.uniform(7, philoxStream, i);
        }
        return values;
    }

    byte[] bytes(long n) {
        byte[] values = new byte[Math.toIntExact(n)];
        philoxStream++;
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) Philox.bits(7, philoxStream, i);
        }
        return values;
    }

    int[] ids(int bound, int n) {
        int[] values = new int[n];
        philoxStream++;
        for (int i = 0; i < n; i++) {
            values[i] = Philox.below(7, philoxStream, i, bound);
        }
        return values;
    }

    /** The first numbers of a permutation of 0 to bound − 1. */
    int[] distinct(int bound, int n) {
        return java.util.Arrays.copyOf(Philox.permutation(7, ++philoxStream, bound), n);
    }

    static float[] rounded(float[] values, DType dtype) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = Rounding.to(dtype, values[i]);
        }
        return result;
    }

    /** Device memory with undefined contents. */
    long room(long bytes) {
        long address = driver.allocate(Math.max(1, bytes));
        allocated.add(address);
        return address;
    }

    long device(float... values) {
        return upload(MemorySegment.ofArray(values));
    }

    long device(double... values) {
        return upload(MemorySegment.ofArray(values));
    }

    long device(int... values) {
        return upload(MemorySegment.ofArray(values));
    }

    long device(byte... values) {
        return upload(MemorySegment.ofArray(values));
    }

    /** Values in a type of memory: F32, BF16 or F16, rounded to it. */
    long device(DType dtype, float... values) {
        if (dtype == DType.F32) {
            return device(values);
        }
        short[] bits = new short[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = dtype == DType.F16
                    ? Float.floatToFloat16(values[i])
                    : (short) (Float.floatToRawIntBits(Rounding.bf16(values[i])) >>> 16);
        }
        return upload(MemorySegment.ofArray(bits));
    }

    /** A copy of a tensor of the reference backend. */
    long device(Tensor tensor) {
        return upload(HostMemory.of(tensor));
    }

    /** What requests ask for, in the reference backend. */
    SamplingState sampling(List<SampleRequest> requests, int room) {
        return SamplingState.of(scope, requests, room);
    }

    long upload(MemorySegment values) {
        long address = room(values.byteSize());
        if (values.byteSize() > 0) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment host = arena.allocate(values.byteSize(), 16);
                host.copyFrom(values);
                driver.upload(host, address, STREAM);
                driver.synchronize(STREAM);
            }
        }
        return address;
    }

    float[] floats(long address, long n) {
        return download(address, n * Float.BYTES).toArray(ValueLayout.JAVA_FLOAT);
    }

    double[] doubles(long address, long n) {
        return download(address, n * Double.BYTES).toArray(ValueLayout.JAVA_DOUBLE);
    }

    int[] ints(long address, long n) {
        return download(address, n * Integer.BYTES).toArray(ValueLayout.JAVA_INT);
    }

    byte[] bytes(long address, long n) {
        return download(address, n).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Values that lie in F32, BF16 or F16. */
    float[] floats(DType dtype, long address, long n) {
        if (dtype == DType.F32) {
            return floats(address, n);
        }
        short[] bits = download(address, n * Short.BYTES).toArray(ValueLayout.JAVA_SHORT);
        float[] values = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = dtype == DType.F16 ? Float.float16ToFloat(bits[i]) : Float.intBitsToFloat(bits[i] << 16);
        }
        return values;
    }

    private MemorySegment download(long address, long bytes) {
        driver.synchronize(STREAM);
        MemorySegment host = Arena.ofAuto().allocate(Math.max(16, bytes), 16).asSlice(0, bytes);
        if (bytes > 0) {
            driver.download(address, host, STREAM);
            driver.synchronize(STREAM);
        }
        return host;
    }

    /** A tensor of the reference backend. */
    Tensor tensor(float[] values, long... dims) {
        return scope.floats("tensor", values, dims);
    }

    /** The values in another type, on the reference backend. */
    Tensor tensor(DType dtype, float[] values, long... dims) {
        Tensor tensor = scope.allocate("tensor", dtype, dims);
        reference.run(new Op.Copy(tensor(values, dims), tensor));
        return tensor;
    }

    Tensor tensor(int[] values) {
        return scope.ids("ids", values);
    }

    Tensor tensor(byte[] values) {
        Tensor tensor = scope.allocate("bytes", DType.U8, values.length);
        reference.upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    Tensor tensor(double value) {
        Tensor tensor = scope.allocate("double", DType.F64, 1);
        reference.upload(MemorySegment.ofArray(new double[] {value}), tensor);
        return tensor;
    }

    /** Runs the operator on the reference backend. */
    void expect(Op op) {
        reference.run(op);
    }

    float[] floats(Tensor narrow) {
        Tensor tensor = scope.f32("wide", narrow.shape().toArray());
        reference.run(new Op.Copy(narrow, tensor));
        float[] values = new float[Math.toIntExact(tensor.elements())];
        reference.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    byte[] byteValues(Tensor tensor) {
        byte[] values = new byte[Math.toIntExact(tensor.elements())];
        reference.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    int[] ints(Tensor tensor) {
        int[] values = new int[Math.toIntExact(tensor.elements())];
        reference.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    double number(Tensor tensor) {
        double[] values = new double[1];
        reference.download(tensor, MemorySegment.ofArray(values));
        return values[0];
    }

    /**
     * @param tolerance of each difference, relative to the largest expected element or 1; 0 wants the same values
     */
    static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
        if (expected.length != actual.length) {
            throw new AssertionError(what + ": " + actual.length + " elements, not " + expected.length);
        }
        double largest = 1;
        for (float value : expected) {
            largest = Float.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
        }
        for (int i = 0; i < expected.length; i++) {
            boolean same = Float.compare(expected[i], actual[i]) == 0 || expected[i] == actual[i];
            if (!same && !(Math.abs((double) expected[i] - actual[i]) <= tolerance * largest)) {
                throw new AssertionError(what + ": element " + i + " of " + expected.length + " is " + actual[i]
                        + ", not " + expected[i]);
            }
        }
    }

    /** For results rounded to bf16: a step of bf16 of each element's own size, since a last bit of f32 may decide a rounding. */
    static void assertWithinBf16Step(String what, float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            double step = Math.max(Math.abs(expected[i]), 0x1p-30) * 0x1p-7;
            if (!(Math.abs((double) expected[i] - actual[i]) <= step)) {
                throw new AssertionError(
                        what + ": element " + i + " is " + actual[i] + ", not within a bf16 step of " + expected[i]);
            }
        }
    }

    @Override
    public void close() {
        allocated.forEach(driver::free);
        scope.close();
        reference.close();
        if (library != shared) {
            library.close();
            driver.close();
        }
    }
}
