package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.f32;
import static dev.errata.kernels.cuda.OperatorLaunches.require;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Attention of operators, whose segments are host arrays: they go to the device once for all layers of a batch. */
final class AttentionLaunches implements AutoCloseable {
    private static final int ARRAYS = 4;

    private final DevicePool pool;
    private final Staging staging;
    private final long stream;
    private final AttentionKernels kernels;
    private final DecodeAttentionKernels decoding;
    private Segments uploaded;
    private DeviceMemory memory;

    AttentionLaunches(KernelLibrary library, DevicePool pool, Staging staging, long stream) {
        this.pool = pool;
        this.staging = staging;
        this.stream = stream;
        kernels = new AttentionKernels(library);
        decoding = new DecodeAttentionKernels(library);
    }

    /**
     * Segments of one query go to the decoding kernel, which reads a long cache with many blocks; that choice is made for
     * each segment by itself, so that its bits don't depend on the others. Rounded probabilities are the other kernel's.
     */
    void forward(Op.Attention o) {
        if (o.segments().count() == 0) {
            return;
        }
        AttentionShape shape = shape(o);
        DeviceSegments segments = segments(o);
        boolean decodes =
                !shape.rounding() && DecodeAttentionKernels.takes(DType.F32, shape.headDim(), o.k().columns());
        if (decodes && hasSingleQueries(o.segments())) {
            decode(o, shape, segments);
        }
        if (!decodes || segments.longestQuery() > 1) {
            kernels.forward(
                    shape,
                    segments,
                    decodes ? 2 : 0,
                    rows(o.q()),
                    rows(o.k()),
                    rows(o.v()),
                    rows(o.out()),
                    f32(o.lse()),
                    stream);
        }
    }

    private void decode(Op.Attention o, AttentionShape shape, DeviceSegments segments) {
        long bytes = DecodeAttentionKernels.scratchBytes(shape, segments.count(), segments.longestKey());
        DeviceMemory scratch = pool.allocate(bytes);
        try {
            decoding.attend(
                    shape,
                    segments,
                    rows(o.q()),
                    rows(o.k()),
                    rows(o.v()),
                    rows(o.out()),
                    f32(o.lse()),
                    scratch.address(),
                    stream);
        } finally {
            pool.free(scratch);
        }
    }

    private static boolean hasSingleQueries(Segments segments) {
        for (int length : segments.queryLength()) {
            if (length == 1) {
                return true;
            }
        }
        return false;
    }

    void backward(Op.AttentionBackward o) {
        Op.Attention forward = o.forward();
        // The kernels write the rows of sequences; rows of none have no gradient.
        if (total(forward.segments().queryLength()) < o.dQ().rows()) {
            zero(o.dQ());
        }
        if (total(forward.segments().keyLength()) < o.dK().rows()) {
            zero(o.dK());
            zero(o.dV());
        }
        if (forward.segments().count() == 0) {
            return;
        }
        AttentionShape shape = shape(forward);
        long tokens = forward.q().rows();
        DeviceMemory delta = pool.allocate(tokens * shape.heads() * Float.BYTES);
        try {
            kernels.backward(
                    shape,
                    segments(forward),
                    tokens,
                    rows(forward.q()),
                    rows(forward.k()),
                    rows(forward.v()),
                    rows(forward.out()),
                    f32(forward.lse()),
                    rows(o.dOut()),
                    delta.address(),
                    rows(o.dQ()),
                    rows(o.dK()),
                    rows(o.dV()),
                    stream);
        } finally {
            pool.free(delta);
        }
    }

    private static long total(int[] lengths) {
        long total = 0;
        for (int length : lengths) {
            total += length;
        }
        return total;
    }

    private void zero(Tensor tensor) {
        if (tensor.bytes() > 0) {
            staging.fill(DeviceMemory.of(tensor), (byte) 0, tensor.bytes());
        }
    }

    private static AttentionShape shape(Op.Attention o) {
        int width = o.q().columns();
        int keyWidth = o.k().columns();
        require(
                o,
                width % o.headDim() == 0
                        && keyWidth % o.headDim() == 0
                        && o.v().columns() == keyWidth
                        && o.v().rows() == o.k().rows()
                        && o.out().columns() == width
                        && o.out().rows() == o.q().rows()
                        && o.lse().elements() == (long) o.q().rows() * (width / o.headDim()));
        requireInside(o);
        return new AttentionShape(
                width / o.headDim(), keyWidth / o.headDim(), o.headDim(), o.scale(), o.window(), o.bf16());
    }

    private static void requireInside(Op.Attention o) {
        Segments s = o.segments();
        for (int i = 0; i < s.count(); i++) {
            require(
                    o,
                    s.queryStart()[i] >= 0
                            && s.queryStart()[i] + s.queryLength()[i] <= o.q().rows()
                            && s.keyStart()[i] >= 0
                            && s.keyStart()[i] + s.keyLength()[i] <= o.k().rows()
                            && s.queryLength()[i] <= s.keyLength()[i]);
        }
    }

    private static DeviceRows rows(Tensor tensor) {
        return new DeviceRows(f32(tensor), DType.F32, tensor.columns());
    }

    private DeviceSegments segments(Op.Attention o) {
        Segments s = o.segments();
        int count = s.count();
        // The arrays' identity is enough: a batch has one Segments, which nobody changes.
        if (!s.equals(uploaded)) {
            if (memory != null) {
                pool.free(memory);
            }
            int[] all = new int[ARRAYS * count];
            System.arraycopy(s.queryStart(), 0, all, 0, count);
            System.arraycopy(s.queryLength(), 0, all, count, count);
            System.arraycopy(s.keyStart(), 0, all, 2 * count, count);
            System.arraycopy(s.keyLength(), 0, all, 3 * count, count);
            memory = pool.allocateUncounted((long) all.length * Integer.BYTES);
            staging.upload(MemorySegment.ofArray(all), memory.address());
            uploaded = s;
        }
        long bytes = (long) count * Integer.BYTES;
        int longestKey = 0;
        for (int length : s.keyLength()) {
            longestKey = Math.max(longestKey, length);
        }
        long at = memory.address();
        return new DeviceSegments(at, at + bytes, at + 2 * bytes, at + 3 * bytes, count, s.longestQuery(), longestKey);
    }

    @Override
    public void close() {
        if (memory != null) {
            pool.free(memory);
        }
    }
}
