package dev.errata.kernels.cuda;

import java.lang.foreign.MemorySegment;

/** Products of bf16 matrices by {@code gemm_wgmma.sm_90a.cu}, on Hopper alone. All tiles give the same bits. */
public final class WgmmaGemm {
    private static final String FILE = "gemm_wgmma";
    private static final int THREADS = 384;
    private static final int ROWS = 128;
    private static final int BOX_OF_ROWS = 128;
    private static final int RESULT_BOX = 64;
    private static final int F32 = 0;
    private static final int BF16 = 1;
    private static final int BF16_IN_BULK = 2;
    private static final int BF16_ADDED_IN_BULK = 3;
    private static final int DROPPED_TOGETHER = 4;

    /** A block's part of C, as the kernel file describes them. */
    public enum Tile {
        WIDE("128x256", 256, 1, 231_584),
        NARROW("128x128", 128, 1, 231_648),
        /** Two blocks share the columns' tile. */
        PAIR("128x256_pair", 256, 2, 231_584);

        private final String suffix;
        private final int columns;
        private final int blocks;
        private final int sharedBytes;

        Tile(String suffix, int columns, int blocks, int sharedBytes) {
            this.suffix = suffix;
            this.columns = columns;
            this.blocks = blocks;
            this.sharedBytes = sharedBytes;
        }

        private long count(Gemm g) {
            return (long) Math.ceilDiv(g.m(), ROWS * blocks) * Math.ceilDiv(g.n(), columns);
        }

        /** Tiles along M of a band that a wave of blocks works on. */
        private int band() {
            return this == PAIR ? 8 : 16;
        }
    }

    private final KernelLibrary library;
    private final int multiprocessors;
    private final TensorMaps maps;

    public WgmmaGemm(KernelLibrary library) {
        this(library, library.driver().properties().multiprocessors());
    }

    /**
     * @param multiprocessors that share the tiles of a product, at least 2
     */
    WgmmaGemm(KernelLibrary library, int multiprocessors) {
        this.library = library;
        this.multiprocessors = multiprocessors;
        maps = new TensorMaps(library.driver());
    }

    /** Whether the device is a Hopper and the matrices lie as bulk copies want them; no matter how many rows. */
    public boolean supports(Gemm g) {
        return library.hasHopper()
                && g.form() != Gemm.Form.TT
                && g.hasAlignedFactors()
                && g.k() > 0
                && g.n() % 2 == 0
                && g.c().stride() % 2 == 0
                && g.c().address() % (g.bf16Result() ? Integer.BYTES : Long.BYTES) == 0;
    }

    public void launch(Gemm g, long stream) {
        launch(tile(g), g, stream);
    }

    /**
     * Whether {@link #launchDropped} takes the product: N N, into a BF16 matrix without gaps between its rows, of which four
     * elements next to each other lie in one row.
     */
    public boolean supportsDropped(Gemm g) {
        return supports(g)
                && g.form() == Gemm.Form.NN
                && g.bf16Result()
                && g.c().isAlignedBf16()
                && g.c().stride() == g.n()
                && g.n() % DROPPED_TOGETHER == 0;
    }

    /** c = dropout of alpha · a · b, + beta · c; the scale of what is kept is the caller's alpha. */
    public void launchDropped(Gemm g, DropoutMask mask, long stream) {
        launchDropped(tile(g), g, mask, stream);
    }

    /**
     * With a tile of the caller's choice.
     *
     * @param tile not {@link Tile#PAIR}
     */
    void launchDropped(Tile tile, Gemm g, DropoutMask mask, long stream) {
        if (!supportsDropped(g) || tile == Tile.PAIR) {
            throw new IllegalArgumentException("no dropout in the product for these matrices: " + g);
        }
        KernelArguments arguments =
                arguments(tile.band(), g).i32(mask.least()).i64(mask.seed()).i64(mask.stream());
        launch(tile, "_dropped", g, arguments, stream);
    }

    private Tile tile(Gemm g) {
        return Tile.WIDE.count(g) >= multiprocessors ? Tile.WIDE : Tile.NARROW;
    }

    /** With a tile of the caller's choice. */
    public void launch(Tile tile, Gemm g, long stream) {
        launch(tile, tile.band(), g, stream);
    }

    /**
     * @param band tiles along M, pairs of them for {@link Tile#PAIR}, that blocks go through before they go on along N
     */
    public void launch(Tile tile, int band, Gemm g, long stream) {
        if (!supports(g)) {
            throw new IllegalArgumentException("not for this device or these matrices: " + g);
        }
        launch(tile, "", g, arguments(band, g), stream);
    }

    private KernelArguments arguments(int band, Gemm g) {
        boolean inBulk = g.bf16Result() && g.c().isAlignedBf16();
        int store = !g.bf16Result() ? F32 : !inBulk ? BF16 : g.beta() == 0 ? BF16_IN_BULK : BF16_ADDED_IN_BULK;
        MemorySegment a = factor(g.a(), g.aHasRowsOfK(), g.m(), g.k());
        MemorySegment b = factor(g.b(), g.bHasRowsOfK(), g.n(), g.k());
        boolean second = g.k2() > 0;
        return new KernelArguments()
                .tensorMap(a)
                .tensorMap(b)
                .tensorMap(second ? factor(g.a2(), g.aHasRowsOfK(), g.m(), g.k2()) : a)
                .tensorMap(second ? factor(g.b2(), g.bHasRowsOfK(), g.n(), g.k2()) : b)
                .tensorMap(inBulk ? maps.map(g.c(), g.m(), g.n(), RESULT_BOX) : a)
                .address(g.c().address())
                .i32(g.m())
                .i32(g.n())
                .i32(g.k())
                .i32(g.k2())
                .i32(g.c().stride())
                .f32(g.alpha())
                .f32(g.beta())
                .i32(store)
                .i32(band);
    }

    private void launch(Tile tile, String kind, Gemm g, KernelArguments arguments, long stream) {
        long tiles = tile.count(g);
        if (tiles == 0) {
            return;
        }
        int groups = (int) Math.min(multiprocessors / tile.blocks, tiles);
        library.hopperKernel(FILE, "gemm_wgmma_" + g.form().letters() + "_" + tile.suffix + kind)
                .launch(Launch.of(groups * tile.blocks, THREADS).shared(tile.sharedBytes), arguments, stream);
    }

    private MemorySegment factor(DeviceMatrix matrix, boolean hasRowsOfK, int span, int depth) {
        return maps.factor(matrix, hasRowsOfK, span, depth, BOX_OF_ROWS);
    }
}
