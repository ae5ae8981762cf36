package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Launches of {@code pieces.cu}: f32 factors as bf16 pieces whose sum they are, and sums of what these gave. */
public final class PieceKernels {
    /** Pieces of an f32. */
    public static final int PIECES = 3;

    /** Each of the pieces once, for a product with a bf16. */
    public static final int EACH = 0x210;

    /** Slots of a product of two f32: the pairs of pieces that an f32 sum notices, the smallest first. */
    public static final int PAIRS = 6;

    /** The left factor's pieces of those. */
    public static final int LEFT_OF_PAIRS = 0x001012;

    /** The right one's. */
    public static final int RIGHT_OF_PAIRS = 0x010210;

    private static final String FILE = "pieces";
    private static final int THREADS = 256;
    private static final int GROUP = 8;

    private final KernelLibrary library;

    public PieceKernels(KernelLibrary library) {
        this.library = library;
    }

    /** Columns of a piece in memory: whole chunks of 16 bytes. */
    public static int width(int columns) {
        return Math.ceilDiv(columns, GROUP) * GROUP;
    }

    /**
     * Pieces side by side: out BF16 [rows, slots · width].
     *
     * @param pattern which piece each slot has, a nibble each
     */
    public void beside(DeviceMatrix x, int rows, int columns, int slots, int pattern, long out, long stream) {
        int width = width(columns);
        split(x, rows, columns, out, (long) slots * width, width, slots, pattern, stream);
    }

    /** Pieces one below the other: out BF16 [slots · rows, width]. */
    public void below(DeviceMatrix x, int rows, int columns, int slots, int pattern, long out, long stream) {
        int width = width(columns);
        split(x, rows, columns, out, width, (long) rows * width, slots, pattern, stream);
    }

    private void split(
            DeviceMatrix x,
            int rows,
            int columns,
            long out,
            long stride,
            long step,
            int slots,
            int pattern,
            long stream) {
        int width = width(columns);
        KernelArguments arguments = new KernelArguments()
                .address(x.address())
                .address(out)
                .i64(rows)
                .i32(columns)
                .i32(x.stride())
                .i32(width)
                .i64(stride)
                .i64(step)
                .i32(slots)
                .i32(pattern);
        library.kernel(FILE, "split_f32")
                .launch(Launch.of(Grids.blocks((long) rows * width, THREADS * GROUP), THREADS), arguments, stream);
    }

    /**
     * c [m, n] = alpha · (sum over the pieces s of t[row · stride + s · step + column]) + beta · c.
     *
     * @param t F32
     * @param to the type of c: F32 or BF16
     */
    public void fold(
            long t,
            long stride,
            long step,
            DType to,
            DeviceMatrix c,
            int m,
            int n,
            float alpha,
            float beta,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(t)
                .address(c.address())
                .i64(m)
                .i32(n)
                .i64(stride)
                .i64(step)
                .i32(c.stride())
                .f32(alpha)
                .f32(beta);
        library.kernel(FILE, "fold_pieces_" + Precision.name(to))
                .launch(Launch.of(Grids.blocks((long) m * n, THREADS), THREADS), arguments, stream);
    }
}
