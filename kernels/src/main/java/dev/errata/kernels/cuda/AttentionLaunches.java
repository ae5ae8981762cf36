package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.f32;
import static dev.errata.kernels.cuda.OperatorLaunches.i32;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;

/**
 * Attention of operators. Segments lie on the device already; nothing of them is read here but their bounds. BF16 queries,
 * keys and values in rows go to the tensor cores where these have a kernel for them; what else is BF16 is widened, but for
 * keys and values, which the general kernels read in either type. A cache's blocks hold rows one after another.
 */
final class AttentionLaunches {
    private final DevicePool pool;
    private final Staging staging;
    private final ElementwiseKernels elementwise;
    private final RowKernels rows;
    private final long stream;
    private final AttentionKernels kernels;
    private final DecodeAttentionKernels decoding;
    private StepKind step = StepKind.ROWS;

    AttentionLaunches(
            KernelLibrary library,
            DevicePool pool,
            Staging staging,
            ElementwiseKernels elementwise,
            RowKernels rows,
            long stream) {
        this.pool = pool;
        this.staging = staging;
        this.elementwise = elementwise;
        this.rows = rows;
        this.stream = stream;
        kernels = new AttentionKernels(library);
        decoding = new DecodeAttentionKernels(library);
    }

    /** What the queries of the next operators are. */
    void step(StepKind kind) {
        step = kind;
    }

    /**
     * Decoding has kernels of its own, which read a long cache with many blocks. The step's kind decides and not the number of
     * queries, so that a token of a prompt has the same bits in whatever part of it is read.
     */
    void forward(Op.Attention o) {
        if (o.segments().count() == 0) {
            return;
        }
        AttentionShape shape = shape(o);
        DeviceSegments segments = segments(o);
        try (WidenedRows wide = new WidenedRows(pool, elementwise, stream)) {
            if (hasTensorCores(o)) {
                kernels.forward(
                        shape,
                        segments,
                        stored(o.q()),
                        stored(o.k()),
                        stored(o.v()),
                        stored(o.out()),
                        f32(o.lse()),
                        stream);
                return;
            }
            DeviceRows k = stored(o.k());
            DeviceRows v = stored(o.v());
            if (decodes(o)) {
                decode(shape, segments, stored(o.q()), k, v, stored(o.out()), f32(o.lse()));
                return;
            }
            DeviceRows q = wide.read(o.q());
            DeviceRows out = o.out().dtype() == DType.BF16 ? stored(o.out()) : wide.written(o.out());
            kernels.forward(shape, segments, q, k, v, out, f32(o.lse()), stream);
            wide.store();
        }
    }

    private boolean decodes(Op.Attention o) {
        return step == StepKind.DECODING
                && o.segments().longestQuery() == 1
                && isF32OrBf16(o.q())
                && isF32OrBf16(o.out())
                && DecodeAttentionKernels.takes(o.k().dtype(), o.headDim(), o.k().columns(), o.rounds());
    }

    private static boolean isF32OrBf16(Tensor tensor) {
        return tensor.dtype() == DType.F32 || tensor.dtype() == DType.BF16;
    }

    private void decode(
            AttentionShape shape,
            DeviceSegments segments,
            DeviceRows q,
            DeviceRows k,
            DeviceRows v,
            DeviceRows out,
            long lse) {
        long bytes = DecodeAttentionKernels.scratchBytes(shape, segments.count(), segments.longestKey());
        DeviceMemory scratch = pool.allocate(bytes);
        try {
            decoding.attend(shape, segments, q, k, v, out, lse, scratch.address(), stream);
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
        try (WidenedRows wide = new WidenedRows(pool, elementwise, stream)) {
            boolean stays = hasTensorCores(forward)
                    && o.dOut().dtype() == DType.BF16
                    && o.dQ().dtype() == o.dK().dtype()
                    && o.dK().dtype() == o.dV().dtype();
            kernels.backward(
                    shape,
                    segments(forward),
                    tokens,
                    stays ? stored(forward.q()) : wide.read(forward.q()),
                    stays ? stored(forward.k()) : wide.read(forward.k()),
                    stays ? stored(forward.v()) : wide.read(forward.v()),
                    stays ? stored(forward.out()) : wide.read(forward.out()),
                    f32(forward.lse()),
                    stays ? stored(o.dOut()) : wide.read(o.dOut()),
                    delta.address(),
                    stays ? stored(o.dQ()) : wide.changed(o.dQ()),
                    stays ? stored(o.dK()) : wide.changed(o.dK()),
                    stays ? stored(o.dV()) : wide.changed(o.dV()),
                    stream);
            wide.store();
        } finally {
            pool.free(delta);
        }
    }

    /** Slots that lie outside the cache are left out. */
    void write(Op.WriteKeyValues o) {
        boolean together = DecodeAttentionKernels.appends(stored(o.k()), stored(o.keyCache()))
                && DecodeAttentionKernels.appends(stored(o.v()), stored(o.valueCache()))
                && o.k().dtype() == o.v().dtype()
                && o.keyCache().dtype() == o.valueCache().dtype();
        if (together) {
            long places = i32(o.slots());
            decoding.append(
                    stored(o.k()),
                    stored(o.v()),
                    stored(o.keyCache()),
                    stored(o.valueCache()),
                    places,
                    o.keyCache().rows(),
                    o.k().rows(),
                    stream);
            return;
        }
        write(o.k(), o.slots(), o.keyCache());
        write(o.v(), o.slots(), o.valueCache());
    }

    private void write(Tensor from, Tensor slots, Tensor cache) {
        long count = from.elements();
        DType type = cache.dtype();
        DeviceMemory cast = from.dtype() == type ? null : pool.allocate(count * type.bytes());
        try {
            if (cast != null) {
                elementwise.cast(from.dtype(), type, DeviceMemory.of(from), cast.address(), count, stream);
            }
            long x = cast == null ? DeviceMemory.of(from) : cast.address();
            rows.scatter(
                    type,
                    x,
                    i32(slots),
                    DeviceMemory.of(cache),
                    cache.rows(),
                    false,
                    from.rows(),
                    from.columns(),
                    stream);
        } finally {
            if (cast != null) {
                pool.free(cast);
            }
        }
    }

    private static boolean hasTensorCores(Op.Attention o) {
        return !o.segments().inBlocks()
                && o.q().dtype() == DType.BF16
                && o.k().dtype() == DType.BF16
                && AttentionKernels.hasTensorCorePath(o.headDim())
                && o.softCap() == 0
                && o.scale() > 0
                && stored(o.q()).aligned()
                && stored(o.k()).aligned()
                && stored(o.v()).aligned()
                && stored(o.out()).aligned();
    }

    private void zero(Tensor tensor) {
        if (tensor.bytes() > 0) {
            staging.fill(DeviceMemory.of(tensor), (byte) 0, tensor.bytes());
        }
    }

    private static AttentionShape shape(Op.Attention o) {
        return new AttentionShape(o.heads(), o.keyHeads(), o.headDim(), o.scale(), o.window(), o.softCap(), o.rounds());
    }

    private static DeviceRows stored(Tensor tensor) {
        return new DeviceRows(DeviceMemory.of(tensor), tensor.dtype(), tensor.columns());
    }

    private static DeviceSegments segments(Op.Attention o) {
        Segments s = o.segments();
        boolean inBlocks = s.inBlocks();
        return new DeviceSegments(
                i32(s.queryStart()),
                i32(s.queryLength()),
                inBlocks ? 0 : i32(s.keyStart()),
                i32(s.keyLength()),
                inBlocks ? i32(s.blockTable()) : 0,
                inBlocks ? s.blockTable().columns() : 0,
                inBlocks ? (int) o.k().shape().dim(1) : 1,
                s.count(),
                s.longestQuery(),
                s.longestKey());
    }
}
