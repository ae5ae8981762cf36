package dev.errata.bench.gpu;

/**
 * The least arithmetic of a QLoRA step on a frozen model, and with it the most tokens a second: products alone, at the rate
 * of the device's best product of large square matrices. Frozen weights need no gradient of their own, and the logits' are
 * made in the forward pass.
 *
 * @param operationsPerToken additions and multiplications
 */
record StepFloor(double operationsPerToken) {
    /**
     * @param rank of the adapters on all linear layers
     * @param length of each sequence
     * @param recomputed the part of all blocks that are run again for their gradients
     */
    static StepFloor of(LlamaSize size, int rank, int length, double recomputed) {
        double forward = 1 + recomputed;
        double linear = 2.0 * (forward + 1) * size.linearElements();
        double adapters = 2.0 * (forward + 2) * size.adapterElements(rank);
        double output = 2.0 * 2 * size.vocabulary() * size.hidden();
        // Scores and mixed values of half of the pairs: 2·S·C a token forward, 2.5 times that backward.
        double attention = (2.0 * forward + 5) * length * size.hidden() * size.layers();
        return new StepFloor(linear + adapters + output + attention);
    }

    /** Tokens a second at so many operations a second. */
    double tokensPerSecond(double operationsPerSecond) {
        return operationsPerSecond / operationsPerToken;
    }
}
