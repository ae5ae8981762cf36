package dev.errata.kernels.cuda;

/**
 * Products of few bf16 rows with a weight [n, k], by {@code gemm_bf16_few_rows.cu}: linear layers in decoding. A row has
 * the same bits whatever the other rows, so a sequence doesn't notice those that are decoded beside it. Takes any number
 * of rows, and is bound by memory up to some hundred.
 */
public final class FewRowsGemm {
    private static final String FILE = "gemm_bf16_few_rows";
    private static final int THREADS = 256;

    /** A block's part, as the kernel file describes them. */
    private enum Tile {
        UP_TO_8("8", 8, 16),
        UP_TO_16("16", 16, 16),
        UP_TO_32("32", 32, 32),
        MORE("64", 64, 64),
        ANY("any", 16, 16);

        private final String suffix;
        private final int rows;
        private final int columns;

        Tile(String suffix, int rows, int columns) {
            this.suffix = suffix;
            this.rows = rows;
            this.columns = columns;
        }

        static Tile of(Gemm g) {
            if (!g.hasWholeChunks()) {
                return ANY;
            }
            return g.m() <= 8 ? UP_TO_8 : g.m() <= 16 ? UP_TO_16 : g.m() <= 32 ? UP_TO_32 : MORE;
        }
    }

    private final KernelLibrary library;

    public FewRowsGemm(KernelLibrary library) {
        this.library = library;
    }

    /**
     * @throws IllegalArgumentException if the form isn't NT
     */
    public void launch(Gemm g, long stream) {
        if (g.form() != Gemm.Form.NT) {
            throw new IllegalArgumentException("the product for few rows wants the weight as [n, k]: " + g);
        }
        Tile tile = Tile.of(g);
        library.kernel(FILE, "gemm_bf16_few_rows_" + tile.suffix)
                .launch(
                        Launch.of(Math.ceilDiv(g.m(), tile.rows), Math.ceilDiv(g.n(), tile.columns), THREADS),
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
