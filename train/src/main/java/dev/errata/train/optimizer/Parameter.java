package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;

/**
 * A trainable tensor with its gradient, both F32 of one shape.
 *
 * @param name under which it is saved
 * @param format how its moments are stored
 */
public record Parameter(String name, Tensor value, Tensor gradient, StateFormat format) {}
