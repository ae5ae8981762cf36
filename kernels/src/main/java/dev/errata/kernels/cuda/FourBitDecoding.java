package dev.errata.kernels.cuda;

/**
 * Products of weights in 4 bits with any number of a decoding step's rows: by their codes ({@link FourBitProducts}), or
 * where rows are very many by widening the weight first ({@link FourBitManyRows}). A row has the same bits by either.
 */
final class FourBitDecoding {
    /**
     * Up to so many rows codes are read again for every {@value FourBitProducts#MOST_ROWS}. On an H100, 11008 x 4096,
     * once takes 39.7 µs, so 256 rows some 159; widening takes 43 and the product of so many rows 121.
     */
    static final int MOST_BY_CODES = 256;

    private final DevicePool pool;
    private final FourBitProducts products;
    private final FourBitManyRows manyRows;

    FourBitDecoding(KernelLibrary library, DevicePool pool) {
        this.pool = pool;
        products = new FourBitProducts(library);
        manyRows = new FourBitManyRows(library, pool);
    }

    void launch(FourBitProduct p, long stream) {
        if (p.rows() > MOST_BY_CODES) {
            manyRows.launch(p, stream);
            return;
        }
        for (int first = 0; first < p.rows(); first += FourBitProducts.MOST_ROWS) {
            int rows = Math.min(FourBitProducts.MOST_ROWS, p.rows() - first);
            byCodes(p.part(first, rows), stream);
        }
    }

    private void byCodes(FourBitProduct p, long stream) {
        long bytes = FourBitProducts.workspaceBytes(p.rows(), p.columns());
        if (bytes == 0) {
            products.launch(p, 0, stream);
            return;
        }
        DeviceMemory workspace = pool.allocate(bytes);
        try {
            products.launch(p, workspace.address(), stream);
        } finally {
            pool.free(workspace);
        }
    }
}
