package dev.errata.kernels.cuda;

/** Products of f32 matrices by {@code gemm_f32.cu}, in every form and for every shape. */
public final class F32Gemm {
    private static final String FILE = "gemm_f32";
    private static final int THREADS = 256;
    private static final int LARGE = 128;
    private static final int SMALL = 64;
    private static final int FEW_ROWS_THREADS = 128;
    private static final int FEW_ROWS_COLUMNS = 4;

    private final KernelLibrary library;

    public F32Gemm(KernelLibrary library) {
        this.library = library;
    }

    /**
     * Each element is one chain over k, whatever the shape.
     *
     * @throws IllegalArgumentException if there is a second pair of factors or the result is to be bf16
     */
    public void launch(Gemm g, long stream) {
        long large = (long) Math.ceilDiv(g.m(), LARGE) * Math.ceilDiv(g.n(), LARGE);
        launch(large >= library.driver().properties().multiprocessors() ? LARGE : SMALL, g, stream);
    }

    /**
     * @param side of a block's square tile, 64 or 128
     */
    void launch(int side, Gemm g, long stream) {
        String entry = "gemm_f32_" + g.form().letters() + "_" + side + "x" + side;
        library.kernel(FILE, entry)
                .launch(Launch.of(Math.ceilDiv(g.n(), side), Math.ceilDiv(g.m(), side), THREADS), arguments(g), stream);
    }

    /**
     * Form NT for few rows of A, which reads B once for each four of them. A row has the same bits whatever the other
     * rows, but not those of {@link #launch(Gemm, long)}.
     */
    public void launchFewRows(Gemm g, long stream) {
        if (g.form() != Gemm.Form.NT) {
            throw new IllegalArgumentException("the product for few rows wants B as [n, k]: " + g);
        }
        if (g.m() == 0) {
            return;
        }
        library.kernel(FILE, "gemm_f32_few_rows")
                .launch(Launch.of(Math.ceilDiv(g.n(), FEW_ROWS_COLUMNS), FEW_ROWS_THREADS), arguments(g), stream);
    }

    private static KernelArguments arguments(Gemm g) {
        if (g.k2() != 0 || g.bf16Result()) {
            throw new IllegalArgumentException("f32 products have one pair of factors and an f32 result: " + g);
        }
        return new KernelArguments()
                .address(g.a().address())
                .address(g.b().address())
                .address(g.c().address())
                .i32(g.m())
                .i32(g.n())
                .i32(g.k())
                .i32(g.a().stride())
                .i32(g.b().stride())
                .i32(g.c().stride())
                .f32(g.alpha())
                .f32(g.beta());
    }
}
