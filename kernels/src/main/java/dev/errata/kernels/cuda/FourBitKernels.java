package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Launches of {@code nf4.cu}: widening and quantizing 4-bit weights, and their f32 products with few rows. */
public final class FourBitKernels {
    /** Rows of x that {@link #multiply} takes at most. */
    public static final int MOST_ROWS = 8;

    private static final String FILE = "nf4";
    private static final int THREADS = 256;
    private static final int WARPS = THREADS / 32;
    private static final int OUTPUTS = 16;
    private static final int QUANTIZED = 16_384;
    /** Groups of 16 bytes that a thread widens. */
    private static final int WIDENED = 2;

    private static final int NESTED_BLOCK = 256;

    private final KernelLibrary library;

    public FourBitKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * out [n] = the weight's elements, rounded to its type and then to that of out.
     *
     * @param to F32, BF16 or F16
     */
    public void dequantize(FourBitAddresses weight, DType to, long out, long n, long stream) {
        int group = Math.min(8, 16 / to.bytes());
        KernelArguments arguments =
                weight.arguments().i32(weight.rounding()).address(out).i64(n);
        library.kernel(FILE, "dequantize_4bit_" + Precision.name(to))
                .launch(Launch.of(Grids.blocks(n, (long) THREADS * WIDENED * group), THREADS), arguments, stream);
    }

    /**
     * Quantizes n values to 4 bits.
     *
     * @param dtype of the values: F32, BF16 or F16
     * @param code F32 [16], the values that codes stand for
     * @param packed takes U8 [(n + 1) / 2]
     * @param absmax takes F32 [blocks]
     * @param failed I32 [1], becomes 1 if a value is NaN or infinite, else stays
     */
    public void quantize(
            DType dtype,
            long values,
            long code,
            int blockSize,
            long packed,
            long absmax,
            long failed,
            long n,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(values)
                .address(code)
                .i32(blockSize)
                .address(packed)
                .address(absmax)
                .address(failed)
                .i64(n);
        library.kernel(FILE, "quantize_4bit_" + Precision.name(dtype))
                .launch(Launch.of(Grids.blocks(n, QUANTIZED), THREADS), arguments, stream);
    }

    /**
     * Quantizes n values F32 less {@code offset} to 8 bits in blocks of 256: the scales of a 4-bit weight less their mean.
     *
     * @param map F32 [256], ascending
     * @param codes takes U8 [n]
     * @param absmax takes F32 [n / 256 rounded up]
     */
    public void quantizeScales(long values, float offset, long map, long codes, long absmax, long n, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(values)
                .f32(offset)
                .address(map)
                .address(codes)
                .address(absmax)
                .i64(n);
        library.kernel(FILE, "quantize_8bit")
                .launch(Launch.of(Grids.blocks(n, (long) WARPS * NESTED_BLOCK), THREADS), arguments, stream);
    }

    /**
     * y [rows, outputs] = (or +=) x [rows, columns] · Wᵀ in f32; W [outputs, columns]. A row's bits don't depend on how
     * many rows there are.
     *
     * @param rows at most {@link #MOST_ROWS}
     */
    public void multiply(
            FourBitAddresses weight,
            long x,
            long y,
            boolean accumulate,
            int rows,
            int outputs,
            int columns,
            long stream) {
        checkRows(rows);
        if (rows == 0) {
            return;
        }
        int room = rows == 1 ? 1 : Integer.highestOneBit(rows - 1) * 2;
        KernelArguments arguments = weight.arguments()
                .i32(weight.rounding())
                .address(x)
                .address(y)
                .i32(accumulate ? 1 : 0)
                .i32(rows)
                .i32(outputs)
                .i32(columns);
        library.kernel(FILE, "multiply_4bit_f32_" + room)
                .launch(Launch.of(Grids.blocks(outputs, OUTPUTS), THREADS), arguments, stream);
    }

    private static void checkRows(int rows) {
        if (rows < 0 || rows > MOST_ROWS) {
            throw new IllegalArgumentException(rows + " rows, not 0 to " + MOST_ROWS);
        }
    }
}
