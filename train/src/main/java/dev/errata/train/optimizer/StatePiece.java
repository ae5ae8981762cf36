package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;

/**
 * A run of a parameter's elements that is updated at once: all of them, or those whose moments share a page.
 *
 * @param value F32 [n]
 * @param gradient F32 [n]
 * @param state the moments of these elements
 */
public record StatePiece(Tensor value, Tensor gradient, OptimizerState state) {}
