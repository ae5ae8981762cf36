package dev.errata.kernels.cuda;

import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Products of a decoding step's bf16 rows with a weight [n, k], by {@code gemm_bf16_few_rows.cu} and, where rows are
 * many, {@code gemm_bf16_many_rows.cu}. A row has the same bits whatever the other rows, so a sequence doesn't notice
 * those that are decoded beside it. Bound by memory up to some hundred rows.
 */
public final class FewRowsGemm {
    private static final String FEW = "gemm_bf16_few_rows";
    private static final String MANY = "gemm_bf16_many_rows";
    private static final int THREADS = 256;

    /** A block's part, as the kernel files describe them. */
    enum Tile {
        UP_TO_8(FEW, "8", 8, 16, 0, 0),
        UP_TO_16(FEW, "16", 16, 16, 0, 0),
        UP_TO_32(FEW, "32", 32, 16, 0, 0),
        ANY(FEW, "any", 16, 16, 0, 0),
        MORE(FEW, "64", 64, 32, 0, 18),
        MANY_64(MANY, "128x64", 128, 64, 73_728, 42),
        MANY_128(MANY, "128x128", 128, 128, 98_304, 69);

        private final String file;
        private final String suffix;
        private final int rows;
        private final int columns;
        private final int sharedBytes;
        /**
         * Microseconds that an H100 takes for k = 4096 where each multiprocessor has one block: tells tiles apart on
         * any device.
         */
        private final int cost;

        Tile(String file, String suffix, int rows, int columns, int sharedBytes, int cost) {
            this.file = file;
            this.suffix = suffix;
            this.rows = rows;
            this.columns = columns;
            this.sharedBytes = sharedBytes;
            this.cost = cost;
        }

        private long cost(Gemm g, int multiprocessors) {
            long blocks = (long) Math.ceilDiv(g.m(), rows) * Math.ceilDiv(g.n(), columns);
            return Math.ceilDiv(blocks, multiprocessors) * cost;
        }

        static Tile of(Gemm g, int multiprocessors) {
            if (!g.hasWholeChunks()) {
                return ANY;
            }
            if (g.m() <= UP_TO_32.rows) {
                return g.m() <= UP_TO_8.rows ? UP_TO_8 : g.m() <= UP_TO_16.rows ? UP_TO_16 : UP_TO_32;
            }
            return g.m() <= MORE.rows
                    ? MORE
                    : Stream.of(MORE, MANY_64, MANY_128)
                            .min(Comparator.comparingLong(tile -> tile.cost(g, multiprocessors)))
                            .orElseThrow();
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
        launch(Tile.of(g, library.driver().properties().multiprocessors()), g, stream);
    }

    /** With a tile of the caller's choice, which must fit the matrices' alignment. */
    void launch(Tile tile, Gemm g, long stream) {
        if (g.form() != Gemm.Form.NT) {
            throw new IllegalArgumentException("the product for few rows wants the weight as [n, k]: " + g);
        }
        library.kernel(tile.file, tile.file + "_" + tile.suffix)
                .launch(
                        Launch.of(Math.ceilDiv(g.m(), tile.rows), Math.ceilDiv(g.n(), tile.columns), THREADS)
                                .shared(tile.sharedBytes),
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
