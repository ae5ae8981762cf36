package dev.errata.kernels.cuda;

/**
 * Products of bf16 matrices by {@code gemm_bf16.cu}, on every device from sm_80 on. All tiles give the same bits, so the
 * choice may depend on the number of rows while a row's result doesn't.
 */
public final class MmaGemm {
    private static final String FILE = "gemm_bf16";

    /** A block's part of C, as the kernel file describes them. */
    public enum Tile {
        LARGE(128, 128, 128, 49_152),
        WIDE(128, 256, 256, 98_304),
        SMALL(64, 64, 128, 32_768),
        /** For what isn't aligned. */
        ANY(64, 64, 128, 16_384);

        private final int rows;
        private final int columns;
        private final int threads;
        private final int sharedBytes;

        Tile(int rows, int columns, int threads, int sharedBytes) {
            this.rows = rows;
            this.columns = columns;
            this.threads = threads;
            this.sharedBytes = sharedBytes;
        }

        private String suffix() {
            return this == ANY ? "any" : rows + "x" + columns;
        }

        private long count(Gemm g) {
            return (long) Math.ceilDiv(g.m(), rows) * Math.ceilDiv(g.n(), columns);
        }
    }

    private final KernelLibrary library;

    public MmaGemm(KernelLibrary library) {
        this.library = library;
    }

    /**
     * @throws IllegalArgumentException for {@link Gemm.Form#TT}, which no layer needs
     */
    public void launch(Gemm g, long stream) {
        launch(tile(g), g, stream);
    }

    /** With a tile of the caller's choice, which must fit the matrices' alignment. */
    public void launch(Tile tile, Gemm g, long stream) {
        if (g.form() == Gemm.Form.TT) {
            throw new IllegalArgumentException("there is no bf16 product of two transposed matrices");
        }
        if (tile != Tile.ANY && !g.hasWholeChunks()) {
            throw new IllegalArgumentException(tile + " wants rows of whole 16-byte chunks: " + g);
        }
        Kernel kernel = library.kernel(FILE, "gemm_bf16_" + g.form().letters() + "_" + tile.suffix());
        KernelArguments arguments = new KernelArguments()
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
                .i32(g.bf16Result() ? 1 : 0);
        kernel.launch(
                Launch.of(Math.toIntExact(tile.count(g)), tile.threads).shared(tile.sharedBytes), arguments, stream);
    }

    private Tile tile(Gemm g) {
        if (!g.hasWholeChunks()) {
            return Tile.ANY;
        }
        int multiprocessors = library.driver().properties().multiprocessors();
        return Tile.LARGE.count(g) >= multiprocessors ? Tile.LARGE : Tile.SMALL;
    }
}
