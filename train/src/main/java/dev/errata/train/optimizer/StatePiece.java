package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;
import java.util.List;

/**
 * A run of elements that is updated at once: a whole run of the layout, or what of it shares a page.
 *
 * @param values F32 [n]
 * @param gradients F32 [n]
 * @param state the optimizer's of these elements, in the order of {@link StateFormat#parts}
 */
public record StatePiece(Tensor values, Tensor gradients, StateFormat format, List<Tensor> state) {}
