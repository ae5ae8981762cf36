package dev.errata.kernels.cuda;

/**
 * What the rows of a product or the queries of attention are. Kernels for the one and the other add in other orders, so this, and never the number of
 * rows, decides between them: a row has the same bits whatever is computed beside it in a step of the same kind.
 */
public enum StepKind {
    /** Any number of tokens: training, scoring, reading of prompts. */
    ROWS,
    /** One token of each sequence that is written. */
    DECODING
}
