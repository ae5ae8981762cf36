package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.util.List;

/** AdamW (Loshchilov and Hutter 2019) with both moments in 32 bits. */
record AdamW(OptimizerConfig config) implements Optimizer {
    static final StateFormat FORMAT =
            new StateFormat(List.of(new StatePart("m", DType.F32, 1), new StatePart("v", DType.F32, 1)));

    @Override
    public StateFormat format(long elements) {
        return FORMAT;
    }

    @Override
    public Rule in(Scope scope) {
        return this::update;
    }

    Op update(StatePiece piece, UpdateStep step) {
        List<Tensor> state = piece.state();
        return new Op.AdamWStep(
                piece.values(),
                piece.gradients(),
                state.get(0),
                state.get(1),
                step.rate(),
                config.beta1(),
                config.beta2(),
                config.eps(),
                config.weightDecay(),
                step.number(),
                step.gradScale());
    }
}
