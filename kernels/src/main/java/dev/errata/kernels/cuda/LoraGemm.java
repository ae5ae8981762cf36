package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.Gemm.Form;

/**
 * Products of bf16 matrices in which m (TN) or n is a small rank, by {@code gemm_lora.cu}: NT and NN are the ways down
 * and back for each token, TN sums over tokens for a gradient. A row of NT or NN has the same bits whatever the other
 * rows; TN has the same bits in every run.
 */
public final class LoraGemm {
    private static final String FILE = "gemm_lora";
    private static final int THREADS = 128;
    private static final int DEPTH_OF_TILE = 64;
    private static final int SUM_THREADS = 256;
    private static final int LARGEST_RANK = 256;
    /** Blocks of TN that fill a device, about; fixed, so that bits don't depend on the device. */
    private static final int BLOCKS = 256;
    /** A piece of fewer tokens costs more for its partials than its block gains. */
    private static final int LEAST_PIECE = 512;

    private static final int FEW_ROWS = 4096;

    private record Tile(int rows, int columns, int sharedBytes) {
        long count(Gemm g) {
            return (long) Math.ceilDiv(g.m(), rows) * Math.ceilDiv(g.n(), columns);
        }
    }

    private final KernelLibrary library;

    public LoraGemm(KernelLibrary library) {
        this.library = library;
    }

    /** Whether one side is a rank and all rows are of whole 16-byte chunks; no matter how many rows NT and NN have. */
    public boolean supports(Gemm g) {
        boolean skinny = switch (g.form()) {
            case NT, NN -> g.n() <= LARGEST_RANK;
            case TN -> Math.min(g.m(), g.n()) <= LARGEST_RANK;
            case TT -> false;
        };
        return skinny && g.k2() == 0 && g.hasWholeChunks();
    }

    /** Bytes of f32 partials that {@link #launch} needs, 0 for none. */
    public long workspaceBytes(Gemm g) {
        int splits = splits(g);
        return splits == 1 ? 0 : (long) splits * g.m() * g.n() * Float.BYTES;
    }

    /**
     * @param workspace on 16 bytes, of {@link #workspaceBytes}, not in use until the stream is past this
     */
    public void launch(Gemm g, long workspace, long stream) {
        if (!supports(g)) {
            throw new IllegalArgumentException("neither side of " + g + " is a rank, or its rows aren't whole chunks");
        }
        Tile tile = tile(g);
        int splits = splits(g);
        int depth = Math.ceilDiv(Math.ceilDiv(Math.max(1, g.k()), splits), DEPTH_OF_TILE) * DEPTH_OF_TILE;
        String entry = "gemm_lora_" + g.form().letters() + "_" + tile.rows + "x" + tile.columns;
        library.kernel(FILE, entry)
                .launch(
                        Launch.of(Math.toIntExact(tile.count(g)), splits, THREADS)
                                .shared(tile.sharedBytes),
                        new KernelArguments()
                                .address(g.a().address())
                                .address(g.b().address())
                                .address(g.c().address())
                                .address(workspace)
                                .i32(g.m())
                                .i32(g.n())
                                .i32(g.k())
                                .i32(g.a().stride())
                                .i32(g.b().stride())
                                .i32(g.c().stride())
                                .f32(g.alpha())
                                .f32(g.beta())
                                .i32(g.bf16Result() ? 1 : 0)
                                .i32(depth),
                        stream);
        if (splits > 1) {
            long elements = (long) g.m() * g.n();
            library.kernel(FILE, "gemm_lora_sum")
                    .launch(
                            Launch.of(Math.toIntExact(Math.ceilDiv(elements, SUM_THREADS)), SUM_THREADS),
                            new KernelArguments()
                                    .address(workspace)
                                    .address(g.c().address())
                                    .i32(g.m())
                                    .i32(g.n())
                                    .i32(splits)
                                    .i32(g.c().stride())
                                    .f32(g.alpha())
                                    .f32(g.beta())
                                    .i32(g.bf16Result() ? 1 : 0),
                            stream);
        }
    }

    private static Tile tile(Gemm g) {
        if (g.form() == Form.TN) {
            return g.m() <= g.n() ? new Tile(64, 128, 98_304) : new Tile(128, 64, 98_304);
        }
        if (g.n() <= 16) {
            return new Tile(64, 16, 81_920);
        }
        if (g.n() <= 32) {
            return new Tile(64, 32, 98_304);
        }
        if (g.m() <= FEW_ROWS) {
            return new Tile(32, 64, 73_728);
        }
        return g.n() <= 64 ? new Tile(64, 64, 98_304) : new Tile(64, 128, 98_304);
    }

    private static int splits(Gemm g) {
        if (g.form() != Form.TN || g.m() == 0 || g.n() == 0) {
            return 1;
        }
        long wanted = Math.ceilDiv(BLOCKS, tile(g).count(g));
        int most = Math.max(1, g.k() / LEAST_PIECE);
        int pieces = Math.clamp(wanted, 1, most);
        int depth = Math.ceilDiv(Math.ceilDiv(Math.max(1, g.k()), pieces), DEPTH_OF_TILE) * DEPTH_OF_TILE;
        return Math.max(1, Math.ceilDiv(g.k(), depth));
    }
}
