package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** Launches of {@code loss.cu}: cross-entropy of rows of logits. */
public final class LossKernels {
    private static final int THREADS = 512;

    private final KernelLibrary library;

    public LossKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * losses[n] = −log softmax(logits[n])[labels[n]], and dLogits = (softmax − onehot) · scale unless its address is 0;
     * it may be the logits. A label outside of the vocabulary makes its row NaN.
     *
     * @param dtype of logits and dLogits: F32 or BF16; losses are F32, labels I32
     */
    public void crossEntropy(
            DType dtype,
            long logits,
            long labels,
            long losses,
            long dLogits,
            float scale,
            int rows,
            int vocabulary,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(logits)
                .address(labels)
                .address(losses)
                .address(dLogits)
                .f32(scale)
                .i32(vocabulary);
        library.kernel("loss", "cross_entropy_" + Precision.name(dtype))
                .launch(Launch.of(rows, THREADS), arguments, stream);
    }
}
