package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;

/**
 * A trainable tensor with its gradient and AdamW's two moments, all F32 of one shape.
 *
 * @param name under which it is saved
 */
public record Parameter(String name, Tensor value, Tensor gradient, Tensor m, Tensor v) {}
