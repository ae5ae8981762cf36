package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Causal softmax attention over packed sequences and its gradient, {@link dev.errata.tensor.Op.Attention}: on the tensor
 * cores for bf16 operands with heads of 64, 96 or 128 elements, and a general path in f32 for heads of 1 to 256, whose
 * forward also reads bf16 keys and values and keys in the blocks of a cache. Bits of
 * a row depend on its own sequence alone, and repeat.
 *
 * <p>Rows: q, out, dOut, dQ [N, H·D], k, v, dK, dV [M, K·D], where keys and values have one stride; lse and the scratch
 * {@code delta} [N, H] f32. Rows that belong to no sequence aren't written.
 */
public final class AttentionKernels {
    private static final String TENSOR_CORES = "attention_bf16";
    private static final String GENERAL = "attention_f32";
    private static final int THREADS = 128;
    private static final int LARGEST_HEAD = 256;

    private final KernelLibrary library;

    public AttentionKernels(KernelLibrary library) {
        this.library = library;
    }

    /** Whether bf16 operands with these heads have a kernel. */
    public static boolean hasTensorCorePath(int headDim) {
        return headDim == 64 || headDim == 96 || headDim == 128;
    }

    /**
     * out and lse, out in f32 or bf16.
     *
     * @throws IllegalArgumentException if no kernel takes these operands
     */
    public void forward(
            AttentionShape shape,
            DeviceSegments segments,
            DeviceRows q,
            DeviceRows k,
            DeviceRows v,
            DeviceRows out,
            long lse,
            long stream) {
        boolean bf16Keys = q.f32() && k.dtype() == DType.BF16 && v.dtype() == DType.BF16;
        boolean stored = out.f32() || out.dtype() == DType.BF16;
        boolean bf16 = path(shape, q, bf16Keys ? q : k, bf16Keys ? q : v, q.f32() && stored ? q : out);
        if (bf16 && segments.inBlocks()) {
            throw new IllegalArgumentException("tensor cores have no attention over blocks");
        }
        int d = shape.headDim();
        int queries = bf16 ? 128 : tile(d);
        int shared = bf16 ? 2 * (128 + 2 * (d == 128 ? 48 : 64)) * (d + 8) : 4 * (2 * matrix(d) + scores(d));
        KernelArguments arguments = new KernelArguments()
                .address(q.address())
                .address(k.address())
                .address(v.address())
                .address(out.address())
                .address(lse);
        segments.into(arguments);
        if (!bf16) {
            arguments.address(segments.table()).i32(segments.tableStride()).i32(segments.blockTokens());
        }
        shape(arguments, shape, bf16).i32(q.stride()).i32(k.stride()).i32(out.stride());
        masks(arguments, shape, bf16);
        arguments.i32(out.f32() ? 1 : 0);
        launch(
                bf16 ? "forward_bf16" : bf16Keys ? "forward_bf16keys" : "forward_f32",
                shape.heads(),
                segments.longestQuery(),
                queries,
                segments,
                shared,
                bf16,
                d,
                arguments,
                stream);
    }

    /**
     * dQ, dK and dV, which are overwritten; f32 or bf16 alike for bf16 operands, f32 for f32. dOut has the dtype of q.
     *
     * @param rows N, of q and out
     * @param delta scratch of rows · heads f32
     */
    public void backward(
            AttentionShape shape,
            DeviceSegments segments,
            long rows,
            DeviceRows q,
            DeviceRows k,
            DeviceRows v,
            DeviceRows out,
            long lse,
            DeviceRows dOut,
            long delta,
            DeviceRows dQ,
            DeviceRows dK,
            DeviceRows dV,
            long stream) {
        boolean bf16 = path(shape, q, k, v, out);
        path(shape, q, dOut, dOut, dQ);
        path(shape, q, k, v, dK);
        if (dK.stride() != dV.stride() || dK.dtype() != dV.dtype() || dQ.dtype() != dK.dtype()) {
            throw new IllegalArgumentException("dQ, dK and dV have different types or dK and dV different strides");
        }
        int d = shape.headDim();
        delta(shape, Math.toIntExact(rows), out, dOut, delta, bf16, stream);

        KernelArguments arguments = gradientOperands(q, k, v, dOut, lse, delta).address(dQ.address());
        segments.into(arguments);
        shape(arguments, shape, bf16)
                .i32(q.stride())
                .i32(k.stride())
                .i32(dOut.stride())
                .i32(dQ.stride());
        masks(arguments, shape, bf16);
        if (bf16) {
            arguments.i32(dQ.f32() ? 1 : 0);
        }
        int shared = bf16 ? 2 * (2 * 64 + 4 * 32) * (d + 8) : 4 * (4 * matrix(d) + scores(d));
        int queries = bf16 ? 64 : tile(d);
        launch(
                bf16 ? "backward_dq_bf16" : "backward_dq_f32",
                shape.heads(),
                segments.longestQuery(),
                queries,
                segments,
                shared,
                bf16,
                d,
                arguments,
                stream);

        arguments = gradientOperands(q, k, v, dOut, lse, delta)
                .address(dK.address())
                .address(dV.address());
        segments.into(arguments);
        shape(arguments, shape, bf16)
                .i32(q.stride())
                .i32(k.stride())
                .i32(dOut.stride())
                .i32(dK.stride());
        masks(arguments, shape, bf16);
        if (bf16) {
            arguments.i32(dK.f32() ? 1 : 0);
        }
        shared = bf16 ? 2 * (2 * 64 + 4 * 32) * (d + 8) + 4 * 4 * 32 : 4 * (4 * matrix(d) + 2 * scores(d));
        int keys = bf16 ? 64 : tile(d);
        launch(
                bf16 ? "backward_dkv_bf16" : "backward_dkv_f32",
                shape.keyHeads(),
                segments.longestKey(),
                keys,
                segments,
                shared,
                bf16,
                d,
                arguments,
                stream);
    }

    private void delta(
            AttentionShape shape, int rows, DeviceRows out, DeviceRows dOut, long delta, boolean bf16, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(dOut.address())
                .address(out.address())
                .address(delta)
                .i32(shape.heads())
                .i32(shape.headDim())
                .i32(dOut.stride())
                .i32(out.stride());
        if (bf16) {
            arguments.i32(out.f32() ? 1 : 0);
        }
        Launch launch = Launch.of(rows, Math.ceilDiv(shape.heads(), THREADS / 32), THREADS);
        String entry = bf16 ? "attention_delta_bf16" : "attention_delta_f32";
        kernel(bf16, entry).launch(launch, arguments, stream);
    }

    private static KernelArguments gradientOperands(
            DeviceRows q, DeviceRows k, DeviceRows v, DeviceRows dOut, long lse, long delta) {
        return new KernelArguments()
                .address(q.address())
                .address(k.address())
                .address(v.address())
                .address(dOut.address())
                .address(lse)
                .address(delta);
    }

    private static KernelArguments shape(KernelArguments arguments, AttentionShape shape, boolean bf16) {
        arguments.i32(shape.heads()).i32(shape.group());
        return bf16 ? arguments : arguments.i32(shape.headDim());
    }

    private static void masks(KernelArguments arguments, AttentionShape shape, boolean bf16) {
        arguments.f32(shape.scale());
        if (!bf16) {
            arguments.f32(shape.softCap());
        }
        arguments.i32(shape.window()).i32(shape.rounding() ? 1 : 0);
    }

    private void launch(
            String pass,
            int heads,
            int longest,
            int tile,
            DeviceSegments segments,
            int shared,
            boolean bf16,
            int headDim,
            KernelArguments arguments,
            long stream) {
        String entry = "attention_" + pass + "_d" + (bf16 ? headDim : bucket(headDim));
        Launch launch = new Launch(heads, Math.ceilDiv(longest, tile), segments.count(), THREADS, 1, 1, shared);
        kernel(bf16, entry).launch(launch, arguments, stream);
    }

    private Kernel kernel(boolean bf16, String entry) {
        return library.kernel(bf16 ? TENSOR_CORES : GENERAL, entry);
    }

    /** Whether the operands go to the tensor cores; if neither kernel takes them, the reason. */
    private static boolean path(AttentionShape shape, DeviceRows q, DeviceRows k, DeviceRows v, DeviceRows out) {
        if (k.stride() != v.stride()) {
            throw new IllegalArgumentException(
                    "keys and values of attention have one row stride, here " + k.stride() + " and " + v.stride());
        }
        boolean f32 = q.f32() && k.f32() && v.f32() && out.f32();
        if (f32 && shape.headDim() <= LARGEST_HEAD) {
            return false;
        }
        boolean bf16 = q.dtype() == DType.BF16
                && k.dtype() == DType.BF16
                && v.dtype() == DType.BF16
                && (out.f32() || out.dtype() == DType.BF16);
        if (!bf16 || !hasTensorCorePath(shape.headDim()) || !(shape.scale() > 0) || shape.softCap() != 0) {
            throw new IllegalArgumentException("no attention kernel for " + q.dtype() + ", " + k.dtype() + ", "
                    + v.dtype() + " to " + out.dtype() + " with heads of " + shape.headDim() + ", scale "
                    + shape.scale() + " and soft cap " + shape.softCap());
        }
        if (!q.aligned() || !k.aligned() || !v.aligned() || !out.aligned()) {
            throw new IllegalArgumentException("rows of bf16 attention begin at multiples of 16 bytes");
        }
        return true;
    }

    /** The f32 kernels' template: the largest head dimension that an entry takes. */
    private static int bucket(int headDim) {
        return headDim <= 64 ? 64 : headDim <= 128 ? 128 : LARGEST_HEAD;
    }

    private static int tile(int headDim) {
        return headDim <= 128 ? 32 : 16;
    }

    private static int matrix(int headDim) {
        return tile(headDim) * (bucket(headDim) + 4);
    }

    private static int scores(int headDim) {
        return tile(headDim) * (tile(headDim) + 4);
    }
}
