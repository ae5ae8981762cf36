package dev.errata.bench.gpu;

import java.util.List;

/**
 * At what sizes kernels are timed.
 *
 * @param tokens of a step
 * @param hidden of the model, {@code feedForward} and {@code vocabulary} too
 * @param rank of adapters
 * @param logitRows rows of logits that lie in memory at a time
 * @param parameters that an optimizer's step changes
 * @param squares sides of square products
 * @param lengths of the sequences that make a step, each a divisor of {@code tokens}
 * @param heads of queries
 * @param keyHeads of keys where they are fewer, as with grouped queries
 * @param sampledRows rows that a token is chosen for
 * @param sampledVocabulary tokens that it is chosen from
 * @param cached keys of each sequence in decoding
 * @param arrayBytes of the random numbers that products take their factors from, and of their results
 * @param copyBytes of the copy that tells the memory's speed
 */
record KernelSizes(
        int tokens,
        int hidden,
        int feedForward,
        int vocabulary,
        int rank,
        int logitRows,
        long parameters,
        List<Integer> squares,
        List<Integer> lengths,
        int heads,
        int keyHeads,
        int sampledRows,
        int sampledVocabulary,
        int cached,
        long arrayBytes,
        long copyBytes) {
    /** A step of LLaMA-2 7B; arrays are larger than any cache. */
    static final KernelSizes LLAMA_7B = new KernelSizes(
            8192,
            4096,
            11_008,
            32_000,
            64,
            4096,
            40_000_000,
            List.of(4096, 8192),
            List.of(512, 1024, 2048, 8192),
            32,
            8,
            256,
            128_256,
            512,
            1L << 30,
            1L << 30);

    /** So that every kernel runs on the simulator; times tell nothing there. */
    static final KernelSizes TINY = new KernelSizes(
            64, 128, 192, 256, 8, 32, 4096, List.of(128), List.of(32, 64), 2, 1, 2, 256, 64, 1L << 22, 1L << 16);

    /** The largest square product, whose rate is the ceiling of the others. */
    int largestSquare() {
        return squares.getLast();
    }
}
