package dev.errata.model.family;

/**
 * How GGUF files hold a family.
 *
 * @param architecture its name there, which several families may share
 * @param pairsRows whether the rows of a head of q and k are in pairs (2i, 2i + 1) instead of halves (i, i + D/2)
 * @param hasWindows whether llama.cpp runs it with the file's sliding window
 * @param hasLongRope whether {@code rope_factors_short} and {@code rope_factors_long} go with it
 */
public record GgufForm(String architecture, boolean pairsRows, boolean hasWindows, boolean hasLongRope) {}
