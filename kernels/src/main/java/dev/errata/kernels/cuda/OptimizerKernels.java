package dev.errata.kernels.cuda;

/** Launches of {@code optimizer.cu}. */
public final class OptimizerKernels {
    private static final String FILE = "optimizer";
    private static final int THREADS = 256;
    private static final int ADAMW_ELEMENTS = 4 * THREADS;
    private static final int EIGHT_BIT_ELEMENTS = 8 * THREADS;
    /** Blocks of a multiprocessor: they stay, so that each prepares its tables once. */
    private static final int EIGHT_BIT_BLOCKS = 3;

    private static final int SUM_ELEMENTS = 16_384;

    private final KernelLibrary library;

    public OptimizerKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * One AdamW step of n parameters with moments in f32.
     *
     * @param shadow BF16 [n] that becomes the rounded parameters, or address 0
     * @param gradScale F32 [1]: multiplies the gradients
     */
    public void adamW(
            long param,
            long grad,
            long m,
            long v,
            long shadow,
            long gradScale,
            AdamWFactors factors,
            long n,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(param)
                .address(grad)
                .address(m)
                .address(v)
                .address(shadow)
                .address(gradScale);
        factors.addTo(arguments, false).i64(n);
        library.kernel(FILE, "adamw").launch(Launch.of(Grids.blocks(n, ADAMW_ELEMENTS), THREADS), arguments, stream);
    }

    /** Addresses of a {@link dev.errata.tensor.Blockwise8Bit}: codes U8, absmax and map F32. */
    public record Moment(long codes, long absmax, long map) {}

    /** The same with moments in 8 bits. */
    public void adamW8bit(
            long param,
            long grad,
            Moment m,
            Moment v,
            long shadow,
            long gradScale,
            AdamWFactors factors,
            long n,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(param)
                .address(grad)
                .address(m.codes())
                .address(m.absmax())
                .address(m.map())
                .address(v.codes())
                .address(v.absmax())
                .address(v.map())
                .address(shadow)
                .address(gradScale);
        factors.addTo(arguments, true).i64(n);
        int atOnce = EIGHT_BIT_BLOCKS * library.driver().properties().multiprocessors();
        int blocks = Math.min(Grids.blocks(n, EIGHT_BIT_ELEMENTS), atOnce);
        library.kernel(FILE, "adamw_8bit").launch(Launch.of(blocks, THREADS), arguments, stream);
    }

    /** Bytes of scratch for a sum of n elements; may be 0. */
    public static long partialBytes(long n) {
        return Math.ceilDiv(n, SUM_ELEMENTS) * Double.BYTES;
    }

    /** out F64 [1] = (or +=) the sum of squares of x F32 [n]. */
    public void sumSquares(long x, long partial, long out, boolean accumulate, long n, long stream) {
        sum("sum_squares", x, partial, out, accumulate, n, stream);
    }

    /** out F64 [1] = (or +=) the sum of x F32 [n]. */
    public void sum(long x, long partial, long out, boolean accumulate, long n, long stream) {
        sum("sum_f32", x, partial, out, accumulate, n, stream);
    }

    /** gradScale F32 [1] = min(1, limit / (√squares + 1e-6)), squares F64 [1]; 1 if the limit is 0. */
    public void clipScale(long squares, double limit, long gradScale, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(squares).f64(limit).address(gradScale);
        library.kernel(FILE, "clip_scale").launch(Launch.of(1, 1), arguments, stream);
    }

    private void sum(String entry, long x, long partial, long out, boolean accumulate, long n, long stream) {
        int blocks = Grids.blocks(n, SUM_ELEMENTS);
        library.kernel(FILE, entry)
                .launch(
                        Launch.of(blocks, THREADS),
                        new KernelArguments().address(x).address(partial).i64(n),
                        stream);
        KernelArguments total =
                new KernelArguments().address(partial).address(out).i64(blocks).i32(accumulate ? 1 : 0);
        library.kernel(FILE, "sum_total").launch(Launch.of(1, THREADS), total, stream);
    }
}
