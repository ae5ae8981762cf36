package dev.errata.kernels.cuda;

/**
 * Launches of {@code norm.cu}: x [rows, columns], weight [columns], rstd F32 [rows]. Which entry a row gets depends on
 * its length alone, so its bits don't depend on how many rows there are.
 */
public final class NormKernels {
    private static final String FILE = "norm";
    private static final int WARP_ROWS = 8;
    private static final int WARP_GROUPS = 128;
    private static final int KEPT_GROUPS = 4;
    private static final int KEPT_ELEMENTS = 16;
    private static final int LEAST_THREADS = 64;
    private static final int MOST_THREADS = 1024;
    private static final int MOST_BACKWARD_THREADS = 512;

    private final KernelLibrary library;
    private final ColumnKernels columnKernels;

    public NormKernels(KernelLibrary library) {
        this.library = library;
        columnKernels = new ColumnKernels(library);
    }

    /** out = x · rstd · weight. */
    public void forward(
            Precision precision,
            long x,
            long weight,
            float eps,
            long out,
            long rstd,
            long rows,
            int columns,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(weight)
                .f32(eps)
                .address(out)
                .address(rstd)
                .i64(rows)
                .i32(columns);
        launchForward("rms_norm_", precision, rows, columns, arguments, stream);
    }

    /** sum = x + residual, and out, rstd of the sum; sum may be x or residual. */
    public void addForward(
            Precision precision,
            long x,
            long residual,
            long sum,
            long weight,
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
                .f32(eps)
                .address(out)
                .address(rstd)
                .i64(rows)
                .i32(columns);
        launchForward("add_rms_norm_", precision, rows, columns, arguments, stream);
    }

    /** dX = (or +=) gradient; dX may be dOut. */
    public void backward(
            Precision precision,
            long x,
            long weight,
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
                .address(rstd)
                .address(dOut)
                .address(dX)
                .i32(accumulate ? 1 : 0)
                .i64(rows)
                .i32(columns);
        boolean warp = columns <= 32 * KEPT_ELEMENTS;
        int threads = Grids.threads(Math.ceilDiv(columns, KEPT_ELEMENTS), LEAST_THREADS, MOST_BACKWARD_THREADS);
        launch("rms_norm_backward_" + precision.storageSuffix(), warp, rows, threads, arguments, stream);
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

    private void launchForward(
            String name, Precision precision, long rows, int columns, KernelArguments arguments, long stream) {
        int groups = Math.ceilDiv(columns, precision.group());
        int threads = Grids.threads(Math.ceilDiv(groups, KEPT_GROUPS), LEAST_THREADS, MOST_THREADS);
        launch(name + precision.suffix(), groups <= WARP_GROUPS, rows, threads, arguments, stream);
    }

    private void launch(String name, boolean warp, long rows, int threads, KernelArguments arguments, long stream) {
        Launch launch = warp
                ? new Launch(Grids.blocks(rows, WARP_ROWS), 1, 1, 32, WARP_ROWS, 1, 0)
                : Launch.of(Grids.blocks(rows, 1), threads);
        library.kernel(FILE, name + (warp ? "_warp" : "_block")).launch(launch, arguments, stream);
    }
}
