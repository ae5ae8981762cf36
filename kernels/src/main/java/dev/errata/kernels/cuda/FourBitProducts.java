package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Launches of {@code nf4_multiply.cu}: products of weights in 4 bits with the rows of a decoding step. A row's bits
 * don't depend on how many there are.
 */
public final class FourBitProducts {
    /** Rows that are taken at a time. */
    public static final int MOST_ROWS = 64;

    private static final String FILE = "nf4_multiply";
    private static final int THREADS = 256;
    /** Columns and rows that an ordered copy of x has whole. */
    private static final int RUN = 128;

    private static final int GROUP = 8;
    private static final int COPIED = 8;

    /** Kernels by the rows that they take at most. */
    private enum Tile {
        UP_TO_8(8, 16, false),
        UP_TO_16(16, 32, false),
        UP_TO_32(32, 16, true),
        UP_TO_64(MOST_ROWS, 32, true);

        private final int rows;
        private final int outputs;
        private final boolean ordered;

        Tile(int rows, int outputs, boolean ordered) {
            this.rows = rows;
            this.outputs = outputs;
            this.ordered = ordered;
        }

        static Tile of(int rows) {
            for (Tile tile : values()) {
                if (rows <= tile.rows) {
                    return tile;
                }
            }
            throw new IllegalArgumentException(rows + " rows, more than " + MOST_ROWS);
        }
    }

    private final KernelLibrary library;

    public FourBitProducts(KernelLibrary library) {
        this.library = library;
    }

    /**
     * Bytes that {@link #launch} wants as scratch, maybe none.
     *
     * @param rows at most {@link #MOST_ROWS}
     */
    public static long workspaceBytes(int rows, int columns) {
        return Tile.of(rows).ordered ? ordered(rows, columns) * DType.BF16.bytes() : 0;
    }

    /**
     * @param p of at most {@link #MOST_ROWS} rows
     * @param workspace {@link #workspaceBytes} at a multiple of 16
     */
    public void launch(FourBitProduct p, long workspace, long stream) {
        Tile tile = Tile.of(p.rows());
        if (p.rows() == 0) {
            return;
        }
        if (tile.ordered) {
            KernelArguments arguments = new KernelArguments()
                    .address(p.x())
                    .address(workspace)
                    .i32(p.rows())
                    .i32(p.columns());
            int blocks = Grids.blocks(ordered(p.rows(), p.columns()), (long) THREADS * COPIED);
            library.kernel(FILE, "order_fragments").launch(Launch.of(blocks, THREADS), arguments, stream);
        }
        KernelArguments arguments = p.weight()
                .arguments()
                .address(tile.ordered ? workspace : p.x())
                .address(p.y())
                .i32(p.to() == DType.BF16 ? 1 : 0)
                .i32(p.accumulate() ? 1 : 0)
                .i32(p.rows())
                .i32(p.outputs())
                .i32(p.columns());
        String scales = p.weight().nestedAbsmax() == 0 ? "" : "_nested";
        library.kernel(FILE, "multiply_4bit_bf16_" + tile.rows + scales)
                .launch(Launch.of(Grids.blocks(p.outputs(), tile.outputs), THREADS), arguments, stream);
    }

    /** Elements of an ordered copy of x. */
    private static long ordered(int rows, int columns) {
        return (long) Math.ceilDiv(rows, GROUP) * GROUP * Math.ceilDiv(columns, RUN) * RUN;
    }
}
