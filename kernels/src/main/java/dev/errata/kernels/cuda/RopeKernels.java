package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Rotary position embedding in place, {@link dev.errata.tensor.Op.Rope}, with the reference's bits. */
public final class RopeKernels {
    private static final int THREADS = 128;

    private final KernelLibrary library;

    public RopeKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * x [N, heads·D] in f32 or bf16.
     *
     * @param positions I32 [N]
     * @param inverse rotates back
     * @param rounding rounds products and sums to bf16
     */
    public void rotate(
            DeviceRows x,
            int heads,
            int headDim,
            RotaryTables tables,
            long positions,
            int rows,
            boolean inverse,
            boolean rounding,
            long stream) {
        rotate(x, heads, x, 0, headDim, tables, positions, rows, inverse, rounding, stream);
    }

    /** q [N, headsQ·D] and k [N, headsK·D] of one dtype in one launch. */
    public void rotate(
            DeviceRows q,
            int headsQ,
            DeviceRows k,
            int headsK,
            int headDim,
            RotaryTables tables,
            long positions,
            int rows,
            boolean inverse,
            boolean rounding,
            long stream) {
        int half = tables.half();
        boolean bf16Angles = tables.dtype() == DType.BF16;
        if (q.dtype() != k.dtype()
                || (!q.f32() && q.dtype() != DType.BF16)
                || (bf16Angles ? q.f32() : tables.dtype() != DType.F32)
                || 2 * half > headDim) {
            throw new IllegalArgumentException("no rotary embedding for " + q.dtype() + " and " + k.dtype()
                    + " with heads of " + headDim + " by " + tables);
        }
        int piece = 16 / q.dtype().bytes();
        boolean wide = half % piece == 0
                && headDim % piece == 0
                && q.aligned()
                && k.aligned()
                && tables.cos() % 16 == 0
                && tables.sin() % 16 == 0;
        KernelArguments arguments = new KernelArguments()
                .address(q.address())
                .address(k.address())
                .address(tables.cos())
                .address(tables.sin())
                .address(positions)
                .i32(headsQ)
                .i32(headsK)
                .i32(q.stride())
                .i32(k.stride())
                .i32(headDim)
                .i32(half)
                .i32(inverse ? 1 : 0)
                .i32(rounding ? 1 : 0);
        String entry = "rope_" + (q.f32() ? "f32" : "bf16") + (bf16Angles ? "_angles" : "") + (wide ? "" : "_any");
        library.kernel("rope", entry).launch(Launch.of(rows, THREADS), arguments, stream);
    }
}
