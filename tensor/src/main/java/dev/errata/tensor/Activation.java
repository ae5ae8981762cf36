package dev.errata.tensor;

/** What a gated feed-forward network does to its gate: x · σ(z(x)) with the logistic function σ. */
public enum Activation {
    /** silu(x) = x · σ(x). */
    SILU,

    /** torch's gelu with {@code approximate="tanh"}: x/2 · (1 + tanh u) = x · σ(2u), u = √(2/π) · (x + 0.044715 · x³). */
    GELU_TANH;

    /** 2 · √(2/π): z(x) = GELU_SLOPE · (x + GELU_CUBIC · x³) for {@link #GELU_TANH}. */
    public static final float GELU_SLOPE = 1.5957692f;

    public static final float GELU_CUBIC = 0.044715f;
}
