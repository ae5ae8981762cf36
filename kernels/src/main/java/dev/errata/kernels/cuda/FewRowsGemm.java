package dev.errata.kernels.cuda;

/**
 * Products of at most {@link #MOST_ROWS} bf16 rows with a weight [n, k], by {@code gemm_bf16_few_rows.cu}: linear layers
 * in decoding. A row has the same bits whatever the other rows.
 */
public final class FewRowsGemm {
    public static final int MOST_ROWS = 16;

    private static final String FILE = "gemm_bf16_few_rows";
    private static final int THREADS = 256;
    private static final int COLUMNS = 16;

    private final KernelLibrary library;

    public FewRowsGemm(KernelLibrary library) {
        this.library = library;
    }

    /**
     * @throws IllegalArgumentException if the form isn't NT or there are more rows
     */
    public void launch(Gemm g, long stream) {
        if (g.form() != Gemm.Form.NT || g.m() > MOST_ROWS) {
            throw new IllegalArgumentException("not at most " + MOST_ROWS + " rows and a weight [n, k]: " + g);
        }
        if (g.m() == 0) {
            return;
        }
        String entry = "gemm_bf16_few_rows_" + (g.m() <= 8 ? "8" : "16") + (g.hasWholeChunks() ? "" : "_any");
        library.kernel(FILE, entry)
                .launch(
                        Launch.of(Math.ceilDiv(g.n(), COLUMNS), THREADS),
                        new KernelArguments()
                                .address(g.a().address())
                                .address(g.b().address())
                                .address(g.a2().address())
                                .address(g.b2().address())
                                .address(g.c().address())
                                .i32(g.m())
                                .i32(g.n())
                                .i32(g.k())
                                .i32(g.k2())
                                .i32(g.a().stride())
                                .i32(g.b().stride())
                                .i32(g.a2().stride())
                                .i32(g.b2().stride())
                                .i32(g.c().stride())
                                .f32(g.alpha())
                                .f32(g.beta())
                                .i32(g.bf16Result() ? 1 : 0),
                        stream);
    }
}
