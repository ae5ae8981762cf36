package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Launches of {@code rownorm.cu}: lengths of the rows of a weight with a low-rank addition, for DoRA. */
public final class RowNormKernels {
    private static final String FILE = "rownorm";
    private static final int THREADS = 256;
    private static final int ROWS = 8;

    private final KernelLibrary library;

    public RowNormKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * out[o] = ‖W[o] + scale · B[o] · A‖₂; A F32 [rank, columns], B F32 [outputs, rank], out F32 [outputs].
     *
     * @param dtype of the weight [outputs, columns]: F32 or BF16
     */
    public void dense(
            DType dtype,
            long weight,
            long a,
            long b,
            float scale,
            long out,
            int outputs,
            int columns,
            int rank,
            long stream) {
        KernelArguments arguments = new KernelArguments().address(weight);
        launch("lora_row_norm_" + Precision.name(dtype), arguments, a, b, scale, out, outputs, columns, rank, stream);
    }

    /** The same of a 4-bit weight. */
    public void fourBit(
            FourBitAddresses weight,
            long a,
            long b,
            float scale,
            long out,
            int outputs,
            int columns,
            int rank,
            long stream) {
        KernelArguments arguments = weight.arguments().i32(weight.rounding());
        launch("lora_row_norm_4bit", arguments, a, b, scale, out, outputs, columns, rank, stream);
    }

    private void launch(
            String entry,
            KernelArguments arguments,
            long a,
            long b,
            float scale,
            long out,
            int outputs,
            int columns,
            int rank,
            long stream) {
        arguments
                .address(a)
                .address(b)
                .f32(scale)
                .address(out)
                .i32(outputs)
                .i32(columns)
                .i32(rank);
        Launch launch = Launch.of(Grids.blocks(outputs, ROWS), THREADS).shared(ROWS * rank * Float.BYTES);
        library.kernel(FILE, entry).launch(launch, arguments, stream);
    }
}
