package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Launches of {@code rows.cu}: what picks, places or adds whole rows by their numbers, I32 in device memory. */
public final class RowKernels {
    private static final String FILE = "rows";
    private static final int ROWS = 8;
    private static final int OWNERS = 256;
    private static final int OWN_COLUMNS = 4 * OWNERS;

    private final KernelLibrary library;

    public RowKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * out[m] = x[rows[m]] for m &lt; count, and NaN where rows[m] is none of x's rows; x [limit, columns]. An embedding
     * with the table for x.
     *
     * @param from and {@code to}: F32 or BF16 each
     */
    public void gather(DType from, DType to, long x, long limit, long rows, long out, long count, int columns, long stream) {
        String types = from == to ? Precision.name(from) : Precision.name(from) + "_" + Precision.name(to);
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(rows)
                .address(out)
                .i64(count)
                .i64(limit)
                .i32(columns);
        library.kernel(FILE, "gather_" + types).launch(rowLaunch(count), arguments, stream);
    }

    /** out[rows[m]] = (or +=) x[m] for m &lt; count; rows without repeats, out [limit, columns]. */
    public void scatter(
            DType dtype,
            long x,
            long rows,
            long out,
            long limit,
            boolean accumulate,
            long count,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(rows)
                .address(out)
                .i64(count)
                .i64(limit)
                .i32(columns)
                .i32(accumulate ? 1 : 0);
        library.kernel(FILE, "scatter_" + Precision.name(dtype)).launch(rowLaunch(count), arguments, stream);
    }

    /**
     * dTable[ids[n]] += dOut[n], the tokens of an id in their order; dTable F32 [vocabulary, columns].
     *
     * @param dtype of dOut: F32 or BF16
     */
    public void embeddingBackward(
            DType dtype, long ids, long dOut, long dTable, int tokens, int vocabulary, int columns, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(ids)
                .address(dOut)
                .address(dTable)
                .i32(tokens)
                .i32(vocabulary)
                .i32(columns);
        library.kernel(FILE, "embedding_backward_" + Precision.name(dtype))
                .launch(Launch.of(tokens, Grids.blocks(columns, OWN_COLUMNS), OWNERS), arguments, stream);
    }

    private static Launch rowLaunch(long count) {
        return new Launch(Grids.blocks(count, ROWS), 1, 1, 32, ROWS, 1, 0);
    }
}
