package dev.errata.kernels.cuda;

/** A CUDA call failed, or the simulator found a fault in a kernel. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String error;

    /**
     * @param error CUDA's name, as {@code CUDA_ERROR_OUT_OF_MEMORY}
     * @param doing the call and what it was about: bytes, a kernel with its launch, a module
     */
    public CudaException(String error, String doing) {
        super(error + ": " + doing);
        this.error = error;
    }

    /** The same failure, with more about what was being done. */
    CudaException(CudaException cause, String doing) {
        super(cause.getMessage() + ": " + doing, cause);
        this.error = cause.error;
    }

    public String error() {
        return error;
    }
}
