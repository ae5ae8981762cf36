package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of a layout with what it holds.
 *
 * @param values F32 [n]
 * @param gradients F32 [n]
 * @param format how the state of its elements is stored
 */
record ParameterRun(Tensor values, Tensor gradients, StateFormat format) {
    static List<ParameterRun> of(FlatTensors values, FlatTensors gradients) {
        List<ParameterRun> runs = new ArrayList<>();
        for (int run = 0; run < values.layout().runs().size(); run++) {
            StateFormat format = values.layout().runs().get(run).format();
            runs.add(new ParameterRun(values.run(run), gradients.run(run), format));
        }
        return runs;
    }

    long elements() {
        return values.elements();
    }
}
