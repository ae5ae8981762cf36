package dev.errata.kernels.cuda;

import dev.errata.tensor.Op;

/** Launches of {@code lion.cu}. */
final class LionKernels {
    private static final int THREADS = 256;
    private static final int ELEMENTS = 4 * THREADS;

    private final KernelLibrary library;

    LionKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * One step of n parameters.
     *
     * @param op its scalars
     * @param gradScale F32 [1]: multiplies the gradients, in the place of the operator's own
     */
    void step(long param, long grad, long m, long gradScale, Op.LionStep op, long n, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(param)
                .address(grad)
                .address(m)
                .address(gradScale)
                .f32((float) (1 - op.lr() * op.weightDecay()))
                .f32((float) op.beta1())
                .f32((float) op.beta2())
                .f32((float) (1 - op.beta1()))
                .f32((float) (1 - op.beta2()))
                .f32((float) op.lr())
                .i64(n);
        library.kernel("lion", "lion").launch(Launch.of(Grids.blocks(n, ELEMENTS), THREADS), arguments, stream);
    }
}
