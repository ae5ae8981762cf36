package dev.errata.kernels.cuda;

/**
 * @param computeCapability as 80, 86, 89 or 90
 * @param driverVersion as CUDA writes it: 13000 is 13.0
 * @param memoryBytes of the device in all
 * @param sharedBytesPerBlock dynamic shared memory that a block may have when it asks, in bytes
 */
public record DeviceProperties(
        String name,
        int computeCapability,
        int driverVersion,
        int multiprocessors,
        long memoryBytes,
        int sharedBytesPerBlock,
        int l2Bytes) {
    static final DeviceProperties H100 = new DeviceProperties("H100", 90, 13_000, 132, 80L << 30, 227 << 10, 50 << 20);

    /** The same device with another amount of memory. */
    DeviceProperties withMemory(long bytes) {
        return new DeviceProperties(
                name, computeCapability, driverVersion, multiprocessors, bytes, sharedBytesPerBlock, l2Bytes);
    }
}
