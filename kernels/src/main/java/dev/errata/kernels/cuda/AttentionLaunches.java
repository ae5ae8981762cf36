package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.f32;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;

/** Attention of operators. Segments lie on the device already; nothing of them is read here but their bounds. */
final class AttentionLaunches {
    private final DevicePool pool;
    private final Staging staging;
    private final long stream;
    private final AttentionKernels kernels;
    private final DecodeAttentionKernels decoding;

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
        if (decodes) {
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

    void backward(Op.AttentionBackward o) {
        Op.Attention forward = o.forward();
        // The kernels write the rows of sequences; rows of none have no gradient.
        zero(o.dQ());
        zero(o.dK());
        zero(o.dV());
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

    private void zero(Tensor tensor) {
        if (tensor.bytes() > 0) {
            staging.fill(DeviceMemory.of(tensor), (byte) 0, tensor.bytes());
        }
    }

    private static AttentionShape shape(Op.Attention o) {
        return new AttentionShape(o.heads(), o.keyHeads(), o.headDim(), o.scale(), o.window(), o.softCap(), o.rounds());
    }

    private static DeviceRows rows(Tensor tensor) {
        return new DeviceRows(f32(tensor), DType.F32, tensor.columns());
    }

    private static DeviceSegments segments(Op.Attention o) {
        Segments s = o.segments();
        return new DeviceSegments(
                address(s.queryStart()),
                address(s.queryLength()),
                address(s.keyStart()),
                address(s.keyLength()),
                s.count(),
                s.longestQuery(),
                s.longestKey());
    }

    private static long address(Tensor tensor) {
        return DeviceMemory.of(tensor);
    }
}
