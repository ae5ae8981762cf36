package dev.errata.kernels.cuda;

/**
 * One entry of a loaded module. A launch that this device can't take is refused here, by what is wrong with it, before
 * the driver says no more than {@code CUDA_ERROR_INVALID_VALUE}.
 */
public final class Kernel {
    /** A block's shared memory, static and dynamic, that needn't be asked for. */
    private static final int FREE_SHARED = 48 * 1024;

    private static final int LARGEST_GRID_SIDE = 65_535;

    private final CudaDriver driver;
    private final String name;
    private final long function;
    private final FunctionAttributes attributes;
    private final int largestShared;
    private int allowedShared;

    Kernel(CudaDriver driver, String name, long function) {
        this.driver = driver;
        this.name = name;
        this.function = function;
        attributes = driver.attributes(function);
        allowedShared = FREE_SHARED - attributes.staticShared();
        largestShared = driver.properties().sharedBytesPerBlock() - attributes.staticShared();
    }

    /** File and entry, as {@code norm/rms_norm_f32}. */
    public String name() {
        return name;
    }

    public FunctionAttributes attributes() {
        return attributes;
    }

    /**
     * Does nothing where the grid is empty.
     *
     * @throws IllegalArgumentException if a block has more threads or shared memory than kernel and device allow, or the
     *     grid is larger than a grid can be
     * @throws CudaException if the driver or the simulator reports a fault, with the kernel's name and launch
     */
    public void launch(Launch launch, KernelArguments arguments, long stream) {
        if (launch.blocks() == 0) {
            return;
        }
        check(launch);
        try {
            driver.launch(function, launch, arguments, stream);
        } catch (CudaException e) {
            throw new CudaException(e, "kernel " + name + " " + launch);
        }
    }

    private synchronized void check(Launch launch) {
        if (launch.threads() < 1 || launch.threads() > attributes.maxThreads()) {
            throw refused(launch, "its blocks may have 1 to " + attributes.maxThreads() + " threads");
        }
        if (launch.gridY() > LARGEST_GRID_SIDE || launch.gridZ() > LARGEST_GRID_SIDE) {
            throw refused(launch, "a grid's second and third side end at " + LARGEST_GRID_SIDE);
        }
        if (launch.sharedBytes() > largestShared) {
            throw refused(launch, "this device has " + largestShared + " bytes of shared memory for a block");
        }
        if (launch.sharedBytes() > allowedShared) {
            driver.allowDynamicShared(function, launch.sharedBytes());
            allowedShared = launch.sharedBytes();
        }
    }

    private IllegalArgumentException refused(Launch launch, String reason) {
        return new IllegalArgumentException("kernel " + name + " " + launch + ": " + reason);
    }

    @Override
    public String toString() {
        return name;
    }
}
