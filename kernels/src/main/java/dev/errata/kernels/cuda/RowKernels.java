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
    public void gather(
            DType from, DType to, long x, long limit, long rows, long out, long count, int columns, long stream) {
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

    /** out[n, c] = x[n, from + c] for c &lt; width; rows of x are {@code stride} elements. */
    public void slice(DType dtype, long x, long out, long rows, int stride, int from, int width, long stream) {
        window("slice_columns_" + Precision.name(dtype), x, out, rows, stride, from, width, stream);
    }

    /** dX[n, from + c] += dOut[n, c] for c &lt; width; rows of dX are {@code stride} elements. */
    public void sliceBackward(
            DType dtype, long dOut, long dX, long rows, int stride, int from, int width, long stream) {
        window("slice_columns_backward_" + Precision.name(dtype), dOut, dX, rows, stride, from, width, stream);
    }

    private void window(String name, long from, long to, long rows, int stride, int first, int width, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(from)
                .address(to)
                .i64(rows)
                .i32(stride)
                .i32(first)
                .i32(width);
        library.kernel(FILE, name).launch(rowLaunch(rows), arguments, stream);
    }

    private static Launch rowLaunch(long count) {
        return new Launch(Grids.blocks(count, ROWS), 1, 1, 32, ROWS, 1, 0);
    }
}
