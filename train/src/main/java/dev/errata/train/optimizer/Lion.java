package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.train.config.OptimizerConfig;
import java.util.List;

/** Lion (Chen and others 2023, arXiv 2302.06675): one moment, and steps whose size is the rate for every element. */
record Lion(OptimizerConfig config) implements Optimizer {
    private static final StateFormat FORMAT = new StateFormat(List.of(new StatePart("m", DType.F32, 1)));

    @Override
    public StateFormat format(long elements) {
        return FORMAT;
    }

    @Override
    public Rule in(Scope scope) {
        return (piece, step) -> new Op.LionStep(
                piece.values(),
                piece.gradients(),
                piece.state().getFirst(),
                step.rate(),
                config.beta1(),
                config.beta2(),
                config.weightDecay(),
                step.gradScale());
    }
}
