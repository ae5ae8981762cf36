package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Products of 4-bit weights with the rows of a decoding step that has many, by {@code nf4_many_rows.cu} and {@link FewRowsGemm}: with
 * the bits that {@link FourBitKernels#multiplyBf16} gives each row, so either may be taken.
 */
final class FourBitManyRows {
    /**
     * From so many rows on this is the faster way: four readings of the codes of 11008 x 4096 take 108 µs on an H100, dequantizing
     * once 43 and the product of 32 rows 48.
     */
    static final int LEAST_ROWS = 25;

    private static final String FILE = "nf4_many_rows";
    private static final int THREADS = 256;
    private static final int TURN = 1024;
    private static final int RUN = 32;
    private static final int GROUP = 8;

    private final KernelLibrary library;
    private final DevicePool pool;
    private final FewRowsGemm products;

    FourBitManyRows(KernelLibrary library, DevicePool pool) {
        this.library = library;
        this.pool = pool;
        products = new FewRowsGemm(library);
    }

    /**
     * y [rows, outputs] = (or +=) x · Wᵀ.
     *
     * @param weight one that {@link FourBitKernels#hasBf16} takes
     * @param x BF16 [rows, columns] at a multiple of 16 bytes
     * @param to the type of y: F32 or BF16
     */
    void multiply(
            FourBitAddresses weight,
            long x,
            DType to,
            long y,
            boolean accumulate,
            int rows,
            int outputs,
            int columns,
            long stream) {
        int padded = Math.ceilDiv(columns, TURN) * TURN;
        DeviceMemory wide = pool.allocate((long) outputs * padded * Short.BYTES);
        try {
            DeviceMemory ordered = pool.allocate((long) rows * padded * Short.BYTES);
            try {
                widen(weight, wide.address(), outputs, columns, padded, stream);
                order(x, ordered.address(), rows, columns, padded, stream);
                Gemm product = Gemm.of(
                                Gemm.Form.NT,
                                rows,
                                outputs,
                                padded,
                                new DeviceMatrix(ordered.address(), padded),
                                new DeviceMatrix(wide.address(), padded),
                                new DeviceMatrix(y, outputs))
                        .scaled(1, accumulate ? 1 : 0);
                products.launch(to == DType.BF16 ? product.toBf16() : product, stream);
            } finally {
                pool.free(ordered);
            }
        } finally {
            pool.free(wide);
        }
    }

    private void widen(FourBitAddresses weight, long out, int outputs, int columns, int padded, long stream) {
        KernelArguments arguments =
                weight.arguments().address(out).i32(outputs).i32(columns).i32(padded);
        library.kernel(FILE, "widen_4bit_for_rows")
                .launch(Launch.of(Grids.blocks((long) outputs * padded, THREADS * RUN), THREADS), arguments, stream);
    }

    private void order(long x, long out, int rows, int columns, int padded, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(out)
                .i32(rows)
                .i32(columns)
                .i32(padded);
        library.kernel(FILE, "order_for_rows")
                .launch(Launch.of(Grids.blocks((long) rows * padded, THREADS * GROUP), THREADS), arguments, stream);
    }
}
