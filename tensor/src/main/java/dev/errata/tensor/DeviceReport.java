package dev.errata.tensor;

import java.util.List;

/**
 * What a backend knows of the device that it would run on.
 *
 * @param name the device's
 * @param driver the version of its driver's interface, as {@code CUDA 13.0}
 * @param computeCapability as {@code 9.0}
 * @param memoryBytes in all, {@code freeBytes} of them held by nobody
 * @param code the files of kernels that ship
 */
public record DeviceReport(
        String name,
        String driver,
        String computeCapability,
        int multiprocessors,
        long memoryBytes,
        long freeBytes,
        List<Code> code) {
    /**
     * A file of kernels.
     *
     * @param file as {@code sm_80/norm}
     * @param kernels how many are in it
     * @param refusal why they don't run on this device, or null
     */
    public record Code(String file, int kernels, String refusal) {}
}
