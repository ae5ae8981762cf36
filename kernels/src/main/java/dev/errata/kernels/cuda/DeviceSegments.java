package dev.errata.kernels.cuda;

/**
 * {@link dev.errata.tensor.Segments} in device memory: addresses of I32 arrays with an element for each sequence. In each
 * sequence the last query stands at the last key.
 *
 * @param keyStart 0 where keys lie in blocks
 * @param table I32 [count, tableStride], the numbers of blocks of {@code blockTokens} rows; 0 where keys lie in rows
 */
public record DeviceSegments(
        long queryStart,
        long queryLength,
        long keyStart,
        long keyLength,
        long table,
        int tableStride,
        int blockTokens,
        int count,
        int longestQuery,
        int longestKey) {
    /** Of keys that lie in rows. */
    public DeviceSegments(
            long queryStart,
            long queryLength,
            long keyStart,
            long keyLength,
            int count,
            int longestQuery,
            int longestKey) {
        this(queryStart, queryLength, keyStart, keyLength, 0, 0, 1, count, longestQuery, longestKey);
    }

    boolean inBlocks() {
        return table != 0;
    }

    void into(KernelArguments arguments) {
        arguments.address(queryStart).address(queryLength).address(keyStart).address(keyLength);
    }
}
