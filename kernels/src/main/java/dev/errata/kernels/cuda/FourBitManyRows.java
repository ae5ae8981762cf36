package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Products of 4-bit weights with the rows of a decoding step that has very many, by {@code nf4_many_rows.cu} and {@link
 * FewRowsGemm}: with the bits that {@link FourBitProducts} gives each row, so either may be taken.
 */
final class FourBitManyRows {
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

    void launch(FourBitProduct p, long stream) {
        int padded = Math.ceilDiv(p.columns(), TURN) * TURN;
        DeviceMemory wide = pool.allocate((long) p.outputs() * padded * Short.BYTES);
        try {
            DeviceMemory ordered = pool.allocate((long) p.rows() * padded * Short.BYTES);
            try {
                widen(p.weight(), wide.address(), p.outputs(), p.columns(), padded, stream);
                order(p.x(), ordered.address(), p.rows(), p.columns(), padded, stream);
                Gemm product = Gemm.of(
                                Gemm.Form.NT,
                                p.rows(),
                                p.outputs(),
                                padded,
                                new DeviceMatrix(ordered.address(), padded),
                                new DeviceMatrix(wide.address(), padded),
                                new DeviceMatrix(p.y(), p.outputs()))
                        .scaled(1, p.accumulate() ? 1 : 0);
                products.launch(p.to() == DType.BF16 ? product.toBf16() : product, stream);
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
