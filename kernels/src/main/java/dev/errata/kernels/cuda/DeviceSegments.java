package dev.errata.kernels.cuda;

/**
 * {@link dev.errata.tensor.Segments} in device memory: addresses of I32 arrays with an element for each sequence. In each
 * sequence the last query stands at the last key.
 */
public record DeviceSegments(
        long queryStart, long queryLength, long keyStart, long keyLength, int count, int longestQuery, int longestKey) {
    void into(KernelArguments arguments) {
        arguments.address(queryStart).address(queryLength).address(keyStart).address(keyLength);
    }
}
