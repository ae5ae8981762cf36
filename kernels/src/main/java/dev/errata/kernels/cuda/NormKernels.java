package dev.errata.kernels.cuda;

/**
 * Launches of {@code norm.cu}: x [rows, columns], weight [columns], rstd F32 [rows]. Which entry a row gets depends on
 * its length alone, so its bits don't depend on how many rows there are.
 */
public final class NormKernels {
    private static final String FILE = "norm";
    private static final int WARP_ROWS = 8;
    private static final int WARP_GROUPS = 128;
    private static final int KEPT_GROUPS = 8;
    private static final int HELD_GROUPS = 4;
    private static final int LEAST_THREADS = 64;
    private static final int MOST_THREADS = 512;

    private final KernelLibrary library;
    private final ColumnKernels columnKernels;

    public NormKernels(KernelLibrary library) {
        this.library = library;
        columnKernels = new ColumnKernels(library);
    }

    /** out = x · rstd · (offset + weight). */
    public void forward(
            Precision precision,
            long x,
            long weight,
            float offset,
            float eps,
            long out,
            long rstd,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(weight)
                .f32(offset)
                .f32(eps)
                .address(out)
                .address(rstd)
                .i64(rows)
                .i32(columns);
        launch("rms_norm_" + precision.suffix(), KEPT_GROUPS, precision, rows, columns, arguments, stream);
    }

    /** sum = x + residual, and out, rstd of the sum; sum may be x or residual. */
    public void addForward(
            Precision precision,
            long x,
            long residual,
            long sum,
            long weight,
            float offset,
            float eps,
            long out,
            long rstd,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(residual)
                .address(sum)
                .address(weight)
                .f32(offset)
                .f32(eps)
                .address(out)
                .address(rstd)
                .i64(rows)
                .i32(columns);
        launch("add_rms_norm_" + precision.suffix(), KEPT_GROUPS, precision, rows, columns, arguments, stream);
    }

    /** dX = (or +=) gradient; dX may be dOut. */
    public void backward(
            Precision precision,
            long x,
            long weight,
            float offset,
            long rstd,
            long dOut,
            long dX,
            boolean accumulate,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(weight)
                .f32(offset)
                .address(rstd)
                .address(dOut)
                .address(dX)
                .i32(accumulate ? 1 : 0)
                .i64(rows)
                .i32(columns);
        String name = "rms_norm_backward_" + precision.storageSuffix();
        launch(name, HELD_GROUPS, precision, rows, columns, arguments, stream);
    }

    /**
     * dWeight += sum over the rows of dOut · x · rstd; dWeight F32. To be launched before a {@link #backward} that
     * overwrites dOut.
     *
     * @param partial scratch of {@link ColumnKernels#partialBytes}
     */
    public void backwardWeight(
            Precision precision,
            long x,
            long rstd,
            long dOut,
            long partial,
            long dWeight,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(rstd)
                .address(dOut)
                .address(partial)
                .i64(rows)
                .i32(columns);
        library.kernel(FILE, "rms_norm_backward_weight_" + precision.storageSuffix())
                .launch(ColumnKernels.partials(precision, rows, columns), arguments, stream);
        columnKernels.totals(partial, 0, dWeight, rows, columns, stream);
    }

    /** @param held groups of a row that a thread of the block entry keeps */
    private void launch(
            String name,
            int held,
            Precision precision,
            long rows,
            int columns,
            KernelArguments arguments,
            long stream) {
        int groups = Math.ceilDiv(columns, precision.group());
        boolean warp = groups <= WARP_GROUPS;
        int threads = Grids.threads(Math.ceilDiv(groups, held), LEAST_THREADS, MOST_THREADS);
        Launch launch = warp
                ? new Launch(Grids.blocks(rows, WARP_ROWS), 1, 1, 32, WARP_ROWS, 1, 0)
                : Launch.of(Grids.blocks(rows, 1), threads);
        library.kernel(FILE, name + (warp ? "_warp" : "_block")).launch(launch, arguments, stream);
    }
}
