package dev.errata.kernels.cuda;

/**
 * Launches of {@code elementwise.cu}'s operators on the columns of matrices [rows, columns]: biases and DoRA's factors.
 * Sums over rows go through a scratch array of {@link #partialBytes} and come out in an order that the sizes fix.
 */
public final class ColumnKernels {
    private static final String FILE = "elementwise";
    private static final int THREADS = 256;
    private static final int COLUMN_LANES = 32;
    private static final int ROW_LANES = 8;
    private static final int RUN_ROWS = 32;
    private static final int PARTIAL_ROWS = 128;

    private final KernelLibrary library;

    public ColumnKernels(KernelLibrary library) {
        this.library = library;
    }

    /** Bytes of scratch for a sum over rows; may be 0. */
    public static long partialBytes(long rows, int columns) {
        return runs(rows) * columns * Float.BYTES;
    }

    /** x[n] += bias. */
    public void addBias(Precision precision, long x, long bias, long rows, int columns, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(x).address(bias).i64(rows).i32(columns);
        library.kernel(FILE, "add_bias_" + precision.storageSuffix())
                .launch(every(precision, rows, columns), arguments, stream);
    }

    /** dBias += sum over n of dOut[n]; dBias F32. */
    public void addBiasBackward(
            Precision precision, long dOut, long partial, long dBias, long rows, int columns, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(dOut).address(partial).i64(rows).i32(columns);
        library.kernel(FILE, "add_bias_backward_" + precision.storageSuffix())
                .launch(partials(precision, rows, columns), arguments, stream);
        totals(partial, 0, dBias, rows, columns, stream);
    }

    /**
     * out = (or +=) x · (magnitude / norm), or · (magnitude / norm − 1); magnitude and norm F32 [columns]. With dOut for x
     * it is the input's gradient.
     */
    public void scaleColumns(
            Precision precision,
            long x,
            long magnitude,
            long norm,
            boolean lessOne,
            boolean accumulate,
            long out,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(magnitude)
                .address(norm)
                .i32(lessOne ? 1 : 0)
                .i32(accumulate ? 1 : 0)
                .address(out)
                .i64(rows)
                .i32(columns);
        library.kernel(FILE, "scale_columns_" + precision.storageSuffix())
                .launch(every(precision, rows, columns), arguments, stream);
    }

    /** dMagnitude[c] += sum over n of dOut[n, c] · x[n, c] / norm[c]; dMagnitude and norm F32. */
    public void scaleColumnsBackwardMagnitude(
            Precision precision,
            long dOut,
            long x,
            long norm,
            long partial,
            long dMagnitude,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(dOut)
                .address(x)
                .address(partial)
                .i64(rows)
                .i32(columns);
        library.kernel(FILE, "scale_columns_backward_magnitude_" + precision.storageSuffix())
                .launch(partials(precision, rows, columns), arguments, stream);
        totals(partial, norm, dMagnitude, rows, columns, stream);
    }

    /** out[c] += sum of the partial sums of column c, over divisor[c] unless that is 0, the null address. */
    public void totals(long partial, long divisor, long out, long rows, int columns, long stream) {
        int runs = Math.toIntExact(runs(rows));
        if (runs == 0) {
            return;
        }
        KernelArguments arguments = new KernelArguments()
                .address(partial)
                .address(divisor)
                .address(out)
                .i32(runs)
                .i32(columns);
        library.kernel(FILE, "column_totals")
                .launch(Launch.of(Grids.blocks(columns, THREADS), THREADS), arguments, stream);
    }

    /** The launch of kernels that write partial sums. */
    public static Launch partials(Precision precision, long rows, int columns) {
        return new Launch(across(precision, columns), (int) runs(rows), 1, COLUMN_LANES, ROW_LANES, 1, 0);
    }

    private static Launch every(Precision precision, long rows, int columns) {
        int runs = (int) Math.min(Grids.LARGEST_SIDE, Math.ceilDiv(rows, RUN_ROWS));
        return new Launch(across(precision, columns), runs, 1, COLUMN_LANES, ROW_LANES, 1, 0);
    }

    private static int across(Precision precision, int columns) {
        return Grids.blocks(columns, (long) COLUMN_LANES * precision.group());
    }

    private static long runs(long rows) {
        return Math.ceilDiv(rows, PARTIAL_ROWS);
    }
}
