package dev.errata.bench.ops;

/** What numbers are multiplied as. */
public enum Arithmetic {
    F32,
    /** Of products: rows, weights and the result are rounded to bf16. */
    BF16,
    /** Of products: rows of F32 are rounded to 8 bits a block. */
    INT8
}
