package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.Gemm.Form;
import java.lang.foreign.MemorySegment;

/**
 * Products of bf16 matrices in which m (TN) or n is a small rank, by {@code gemm_lora.sm_90a.cu}, on Hopper alone: what {@link LoraGemm}
 * does on other devices, and three pieces of an f32 factor folded on the way out. A row of NT or NN has the same bits whatever
 * the other rows; TN has the same bits in every run.
 */
public final class WgmmaLoraGemm {
    private static final String FILE = "gemm_lora";
    private static final int LARGEST_RANK = 256;
    private static final int THREADS = 160;
    private static final int ROWS_OF_TILE = 64;
    private static final int RANKS_OF_TILE = 64;
    private static final int SPLITS_OF_TOKENS = 2;
    private static final int DEPTH_OF_TILE = 64;
    private static final int RING_BYTES = 204_800;
    private static final int ALIGNMENT = 1024;
    /** Pieces begin at whole vectors of sums. */
    private static final int PIECE_GRANULE = 4;

    /** A product as the kernels see it: a wide matrix by a low one. */
    private record Skinny(
            boolean turned,
            Gemm gemm,
            DeviceMatrix wide,
            boolean wideHasRowsOfK,
            int rows,
            DeviceMatrix low,
            boolean lowHasRowsOfK,
            int rank) {
        /**
         * @param turned the rank is m, else n
         */
        static Skinny of(Gemm g, boolean turned) {
            return turned
                    ? new Skinny(true, g, g.b(), g.bHasRowsOfK(), g.n(), g.a(), g.aHasRowsOfK(), g.m())
                    : new Skinny(false, g, g.a(), g.aHasRowsOfK(), g.m(), g.b(), g.bHasRowsOfK(), g.n());
        }

        /** Blocks that share k. */
        int splits() {
            return gemm.form() == Form.TN ? SPLITS_OF_TOKENS : 1;
        }

        /** The rank that the tile has room for. */
        int ranks() {
            return Math.ceilDiv(rank, RANKS_OF_TILE) * RANKS_OF_TILE;
        }

        /** As many stages as the ring has room for, each with two barriers. */
        int sharedBytes() {
            int stageBytes = Short.BYTES * DEPTH_OF_TILE * (ROWS_OF_TILE + ranks());
            return ALIGNMENT + RING_BYTES / stageBytes * (stageBytes + 2 * Long.BYTES);
        }

        String entry() {
            String form = turned ? "tt" : gemm.form().letters();
            return "gemm_lora_" + form + "_" + ranks();
        }
    }

    private final KernelLibrary library;
    private final TensorMaps maps;

    public WgmmaLoraGemm(KernelLibrary library) {
        this.library = library;
        maps = new TensorMaps(library.driver());
    }

    /** Whether the device is a Hopper, one side is a rank, and rows begin on 16 bytes; no matter how many rows NT and NN have. */
    public boolean supports(Gemm g) {
        return supports(g, isTurned(g));
    }

    private boolean supports(Gemm g, boolean turned) {
        return library.hasHopper()
                && g.form() != Form.TT
                && (!turned || g.form() == Form.TN)
                && (turned ? g.m() : g.n()) <= LARGEST_RANK
                && g.k2() == 0
                && g.k() > 0
                && g.hasAlignedFactors();
    }

    /** Of the two sides of TN the smaller is the rank. */
    private static boolean isTurned(Gemm g) {
        return g.form() == Form.TN && g.m() <= g.n();
    }

    public void launch(Gemm g, long stream) {
        boolean turned = isTurned(g);
        launch(g, turned, 0, turned ? g.m() : g.n(), stream);
    }

    /**
     * Whether {@link #launchFolded} takes a product.
     *
     * @param alongM the pieces lie along m, else along n
     */
    public boolean supportsFolded(Gemm g, boolean alongM) {
        int all = alongM ? g.m() : g.n();
        return supports(g, alongM) && all % (PieceKernels.PIECES * PIECE_GRANULE) == 0;
    }

    /**
     * c = alpha · ((t2 + t1) + t0) + beta · c, where t0, t1 and t2 are thirds of the product along m or n: as {@link PieceKernels#fold}
     * does it.
     *
     * @param ranks how many of a third's rows or columns c has
     */
    public void launchFolded(Gemm g, boolean alongM, int ranks, long stream) {
        int third = (alongM ? g.m() : g.n()) / PieceKernels.PIECES;
        if (!supportsFolded(g, alongM) || ranks > third) {
            throw new IllegalArgumentException("no three pieces of " + ranks + " in " + g);
        }
        launch(g, alongM, third, ranks, stream);
    }

    /**
     * @param piece ranks from one piece to the next; 0 for none
     */
    private void launch(Gemm g, boolean turned, int piece, int ranks, long stream) {
        if (!supports(g, turned)) {
            throw new IllegalArgumentException("not for this device or these matrices: " + g);
        }
        if (g.m() == 0 || g.n() == 0) {
            return;
        }
        Skinny s = Skinny.of(g, turned);
        MemorySegment wide = maps.factor(s.wide(), s.wideHasRowsOfK(), s.rows(), g.k(), ROWS_OF_TILE);
        MemorySegment low = maps.factor(s.low(), s.lowHasRowsOfK(), s.rank(), g.k(), s.ranks());
        int depth = Math.ceilDiv(Math.ceilDiv(g.k(), s.splits()), DEPTH_OF_TILE) * DEPTH_OF_TILE;
        library.hopperKernel(FILE, s.entry())
                .launch(
                        Launch.of(Math.ceilDiv(s.rows(), ROWS_OF_TILE), s.splits(), THREADS)
                                .shared(s.sharedBytes()),
                        new KernelArguments()
                                .tensorMap(wide)
                                .tensorMap(low)
                                .address(g.c().address())
                                .i32(s.rows())
                                .i32(ranks)
                                .i32(g.k())
                                .i32(g.c().stride())
                                .f32(g.alpha())
                                .f32(g.beta())
                                .i32(g.bf16Result() ? 1 : 0)
                                .i32(depth)
                                .i32(piece),
                        stream);
    }
}
