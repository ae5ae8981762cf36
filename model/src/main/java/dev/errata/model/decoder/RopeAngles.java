package dev.errata.model.decoder;

import dev.errata.tensor.Tensor;

/**
 * Where the tokens of a batch stand, as rotations.
 *
 * @param cos and {@code sin}: F32 [rows, D/2]
 * @param rows I32 [N], each token's row in both
 */
public record RopeAngles(Tensor cos, Tensor sin, Tensor rows) {}
