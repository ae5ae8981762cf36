package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;
import java.util.List;

/**
 * A trainable tensor with its gradient, both F32 of one shape, windows of the buffers that hold all of them.
 *
 * @param name under which it is saved
 * @param format how its state is stored
 * @param run its run in the layout
 * @param from its first element there
 */
public record Parameter(String name, Tensor value, Tensor gradient, StateFormat format, int run, long from) {
    static List<Parameter> of(FlatTensors values, FlatTensors gradients) {
        FlatLayout layout = values.layout();
        return layout.places().stream()
                .map(place -> new Parameter(
                        place.name(),
                        values.byName().get(place.name()),
                        gradients.byName().get(place.name()),
                        layout.runs().get(place.run()).format(),
                        place.run(),
                        place.from()))
                .toList();
    }
}
